# SPDX-License-Identifier: GPL-3.0-or-later
"""What the scripted server can do and be: `server OPTION VALUE' lines."""

OPTIONS = {
    'tls': 'explicit',          # explicit, implicit
    'tls-min': '1.2',
    'tls-max': '1.3',
    'library': 'openssl',       # gnutls: needed for what is marked +
    'ciphers': 'ALL',           # as OpenSSL names them
    'group': '',                # the only one for the key exchange
    'dh': '2048',               # bits of the Diffie-Hellman group
    'alpn': '',                 # + the only protocol name taken
    'cert': 'good',
    'resume': 'accept',         # accept, require, never
    'tickets': '2',             # TLS 1.3: tickets a connection
    'ticket-lifetime': '3600',  # + seconds
    'record-size': '16384',     # + bytes a record, 512 or more
    'listing': 'unix',          # unix, dos or eplf, and FORMS of listing.py
    'clock': '0',               # seconds that its clock is ahead
    'list-zone': '0',           # seconds that listings are ahead of UTC
    'mdtm-zone': '0',           # and MDTM, MFMT and SITE UTIME
    'mlsd-zone': '0',           # and MLSD and MLST
    'fraction': '',             # of a second, in MLSD and MLST: .123, or
                                # vary: each file's own, none after MFMT
    'mdtm-fraction': 'no',      # in MDTM, too
    'grain': '1',               # its file system keeps times so, "2 up"
    'busy': 'queue',            # queue, refuse, obey
    'overwrite': 'yes',         # may RNTO replace a file
    'autorename': '',           # STOR onto a file makes another: %s.1
    'restart': '',              # what STOR behind REST is answered
    'truncate': 'early',        # STOR empties the file: early, late
    'user': 'u',
    'password': 'p',
    'without': '',              # commands it does not know
    'hidden': '',               # commands it knows, but not in FEAT
    'announces': '',            # and in FEAT, known or not
    'useless': '',              # MFMT=502 SITE-CHMOD=550 HASH=202: known, and
                                # that is all they ever answer
    'lies': '',                 # MFMT SITE-UTIME SITE-CHMOD REST: well
                                # answered, and nothing happens; MDTM: the
                                # time of now; MLST: the facts of the root
    'elsewhere': '',            # MLST LIST=. : what they answer about (/),
                                # whatever they are asked for
    'also': '',                 # more commands: XSHA256, XCRC, AVBL, ...;
                                # COPY: SITE CPFR and CPTO (lies SITE-CPTO:
                                # and keeps two bytes)
    'family': '',               # whose words it uses: FAMILIES
    'banner': '',               # instead of theirs
    'ipv6': 'no',               # control: listens there too, but all passive
                                # ports are open on IPv4 only; yes
    # how it speaks
    'replies': 'whole',         # whole, split (in a few odd pieces), bytes,
                                # lines, joined (with the next one, where
                                # nobody can be waiting for it)
    'long-replies': 'no',       # of many lines, some like replies: final,
                                # all (preliminary ones, too)
    'delay': '0',               # milliseconds before each reply
    'greeting-delay': '0',
    'prelim': 'usual',          # 150: usual (between the data connection
                                # and its handshake), first (before it is
                                # there), late (behind the handshake), none,
                                # twice
    'final': 'usual',           # 226: usual (all is closed), early (before
                                # what is sent), before-end (all is through,
                                # nothing closed), late (a moment later)
    'data-end': 'notify',       # notify, fin, rst, user-canceled: how it ends
    'control-end': 'notify',    # data connections, and how control ones
    'sessions': '',             # N greet, N login [REPLY]: no more at once
    'ghosts': '0',              # later connects for which one that was cut
                                # still counts
    'flights': 'take',          # commands that came with another: take, drop,
                                # mute (obey without an answer), close, 503,
                                # swap (take the second one first)
    'flights-from': 'login',    # or ready: when PWD has been asked for once
    'bottomless': 'no',         # each directory holds whatever is named
    'limit': '',                # entries of a listing
    'limit-said': 'yes',        # whether it says that there were more
    'limit-of': '',             # only of these: LIST NLST STAT MLSD
    'hides': '',                # globs of names, from listings; dots: .*
    'names': '',                # how it stores them: fold (case means
                                # nothing), or SPELLINGS of tree.py
    'shown': '',                # how listings show them: SPELLINGS
    'name-max': '',             # bytes of a name that is made
    'refuses': '',              # globs of names that are not made
    'name-reply': '553 no such names here',
    'denied': '',               # GLOB VERB,VERB [REPLY]; a line each, see
                                # DENIALS in files.py
    'room': '',                 # bytes that its disk still has room for; N
                                # cut: what is too much is not even read
    'room-reply': '452 no space left',
    'facts-off': '',            # of MLSD and MLST
    'slashes': '',              # what a path is answered, but to CWD
    'directories': 'paths',     # or mvs: PWD says 'U.A.B.' for /a/b
    'stuck': 'no',              # where a session is, nothing is moved
}
# Where one of a few words is meant.
CHOICES = {
    'tls': 'explicit implicit',
    'library': 'openssl gnutls',
    'resume': 'accept require never',
    'busy': 'queue refuse obey',
    'truncate': 'early late',
    'replies': 'whole split bytes lines joined',
    'long-replies': 'no final all',
    'prelim': 'usual first late none twice',
    'final': 'usual early before-end late',
    'data-end': 'notify fin rst user-canceled',
    'control-end': 'notify fin rst user-canceled',
    'flights': 'take drop mute close 503 swap',
    'flights-from': 'login ready',
    'limit-said': 'yes no',
}
FEATURES = ['EPRT', 'EPSV', 'HASH', 'MDTM', 'MFMT', 'MLST', 'PASV', 'PBSZ',
            'PROT', 'REST', 'SIZE', 'TVFS', 'UTF8', 'AUTH']
# What servers are known by; only `TYPE I' and the form of FEAT count.
FAMILIES = {
    '': {'banner': 'scripted server', 'first': 'features', 'last': 'end',
         'TYPE': 'type set', 'hides': '', 'shows': ()},
    'vsftpd': {'banner': '(vsFTPd 3.0.3)', 'first': 'Features:',
               'last': 'End', 'TYPE': 'Switching to Binary mode.',
               'hides': 'MLST MFMT HASH UTF8', 'shows': ()},
    'proftpd': {'banner': 'ProFTPD Server ready.', 'first': 'Features:',
                'last': 'End', 'TYPE': 'Type set to I', 'hides': '',
                'shows': ('MFF modify;UNIX.group;UNIX.mode;',)},
    'pyftpdlib': {'banner': 'pyftpdlib 1.5.7 ready.', 'last': 'End FEAT.',
                  'first': 'Features supported:', 'hides': '', 'shows': (),
                  'TYPE': 'Type set to: Binary.'},
}
