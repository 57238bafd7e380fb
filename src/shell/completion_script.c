/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "shell/completion_script.h"

#include <string.h>

/*
 * What may be a password goes through a pipe, not into arguments.  Whatever
 * names a server has sent, no script lets its shell read them as code: bash's
 * come quoted, zsh and fish quote what they insert.
 */

/* Names here are left to readline, which knows ~, $HOME and open quotes. */
static const char bash_script[] =
"# bash completion for ftps                                -*- sh -*-\n"
"\n"
"_ftps()\n"
"{\n"
"	mapfile -t COMPREPLY < <(printf '%s\\0' \"$COMP_WORDBREAKS\" \\\n"
"	    \"${COMP_LINE:0:COMP_POINT}\" |\n"
"	    command ftps --candidates bash 2> /dev/null)\n"
"	case ${COMPREPLY[0]-} in\n"
"	files*) compopt -o default; COMPREPLY=(); return ;;\n"
"	dirs*) compopt -o dirnames; COMPREPLY=(); return ;;\n"
"	esac\n"
"	COMPREPLY=(\"${COMPREPLY[@]:1}\")\n"
"	case ${#COMPREPLY[@]}${COMPREPLY[0]-} in\n"
"	1*[/=]) compopt -o nospace ;;\n"
"	esac\n"
"}\n"
"\n"
"complete -F _ftps ftps\n";

static const char zsh_script[] =
"#compdef ftps\n"
"\n"
"_ftps()\n"
"{\n"
"	local line word tab=$'\\t'\n"
"	local -a lines whole begun told told_begun\n"
"\n"
"	lines=(\"${(@f)$(\n"
"	    print -rN -- \"${(@Q)words[1,CURRENT-1]}\" \"${(Q)PREFIX}\" |\n"
"	    command ftps --candidates zsh 2> /dev/null)}\")\n"
"	case $lines[1] in\n"
"	files*|dirs*)\n"
"		word=${lines[1]#*$tab}\n"
"		compset -P $#word '*'\n"
"		_files ${${(M)lines[1]:#dirs*}:+-/}\n"
"		return ;;\n"
"	esac\n"
"	for line in \"${(@)lines[2,-1]}\"; do\n"
"		word=${${line%%$tab*}//:/\\\\:}:${line#*$tab}\n"
"		case $line in\n"
"		*=$tab*) told_begun+=(\"$word\") ;;\n"
"		*$tab*) told+=(\"$word\") ;;\n"
"		*[/=]) begun+=(\"$line\") ;;\n"
"		*) whole+=(\"$line\") ;;\n"
"		esac\n"
"	done\n"
"	(( $#told_begun )) && _describe setting told_begun -S ''\n"
"	(( $#told )) && _describe word told\n"
"	compadd -S '' -a begun\n"
"	compadd -a whole\n"
"}\n"
"\n"
"if [[ $funcstack[1] == _ftps ]]; then\n"
"	_ftps \"$@\"\n"
"else\n"
"	(( $+functions[compdef] )) || { autoload -U compinit && compinit }\n"
"	compdef _ftps ftps\n"
"fi\n";

static const char fish_script[] =
"# fish completion for ftps\n"
"\n"
"function __ftps_candidates\n"
"	set -l raw (commandline -ct)\n"
"	set -l token (string unescape -- \"$raw\"\n"
"	    or string unescape -- \"$raw'\"\n"
"	    or string unescape -- \"$raw\"\\\")\n"
"	set -l lines (printf '%s\\0' (commandline -opc) \"$token\" |\n"
"	    command ftps --candidates fish 2> /dev/null)\n"
"	set -l first (string split -m 1 \\t -- $lines[1])\n"
"	switch \"$first[1]\"\n"
"		case files dirs\n"
"			set -l n (string length -- \"$first[2]x\")\n"
"			set -l name (string sub -s $n -- \"$token\")\n"
"			set -l ways __fish_complete_path \"$name\"\n"
"			if test $first[1] = dirs\n"
"				set ways[1] __fish_complete_directories\n"
"			end\n"
"			printf '%s\\n' $first[2]($ways)\n"
"		case words\n"
"			printf '%s\\n' $lines[2..-1]\n"
"	end\n"
"end\n"
"\n"
"complete -c ftps -f -a '(__ftps_candidates)'\n";

int
completion_script_print(FILE *fp, const char *shell, struct err *err)
{
	if (strcmp(shell, "bash") == 0)
		fputs(bash_script, fp);
	else if (strcmp(shell, "zsh") == 0)
		fputs(zsh_script, fp);
	else if (strcmp(shell, "fish") == 0)
		fputs(fish_script, fp);
	else
		return err_set(err, ERR_USAGE,
		    "--completion: neither bash, zsh nor fish");
	return 0;
}
