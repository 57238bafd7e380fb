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
    'listing': 'unix',          # unix, dos
    'clock': '0',               # seconds that its clock is ahead
    'list-zone': '0',           # seconds that listings are ahead of UTC
    'mdtm-zone': '0',           # and MDTM, MFMT and SITE UTIME
    'mlsd-zone': '0',           # and MLSD and MLST
    'fraction': '',             # of a second, in MLSD and MLST: .123
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
    'also': '',                 # more commands: XSHA256, XCRC, ...
    'family': '',               # whose words it uses: FAMILIES
    'banner': '',               # instead of theirs
    'ipv6': 'no',               # control: listens there too, but all passive
                                # ports are open on IPv4 only; yes
    'flights': 'take',          # commands that came with another: take, drop,
                                # mute (obey without an answer), close, 503,
                                # swap (take the second one first)
    'flights-from': 'login',    # or ready: when PWD has been asked for once
    'bottomless': 'no',         # each directory holds whatever is named
    'limit': '',                # entries of a listing, and then it says so
    'hides': '',                # dots: names with one, from listings
    'names': '',                # how it stores them: fold (case means
                                # nothing), or SPELLINGS of tree.py
    'facts-off': '',            # of MLSD and MLST
    'slashes': '',              # what a path is answered, but to CWD
    'directories': 'paths',     # or mvs: PWD says 'U.A.B.' for /a/b
    'stuck': 'no',              # where a session is, nothing is moved
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
