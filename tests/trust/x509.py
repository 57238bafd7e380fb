# SPDX-License-Identifier: GPL-3.0-or-later
"""X.509 put together by hand, so that any field can be wrong.

Certificates, revocation lists and OCSP answers, in DER; openssl(1) only makes
keys and signatures.  What every certificate needs has a default that is right;
what is changed is changed in the bytes that are signed.
"""

import base64
import copy
import functools
import hashlib
import os
import subprocess
import time

# DER.


def tlv(tag, *parts):
    body = b"".join(parts)
    size = len(body)
    if size < 128:
        return bytes([tag, size]) + body
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + body


def seq(*parts):
    return tlv(0x30, *parts)


def integer(n):
    return tlv(2, n.to_bytes(n.bit_length() // 8 + 1, "big", signed=True))


def oid(text):
    first, second, *rest = map(int, text.split("."))
    out = []
    for n in [40 * first + second] + rest:
        piece = [n & 127]
        while n := n >> 7:
            piece.insert(0, 128 | n & 127)
        out += piece
    return tlv(6, bytes(out))


def bits(data, unused=0):
    return tlv(3, bytes([unused]), data)


def octets(data):
    return tlv(4, data)


def boolean(value):
    return tlv(1, b"\xff" if value else b"\0")


def utf8(text):
    return tlv(12, text.encode())


def general(days):
    """Now and so many days, as GeneralizedTime."""
    when = time.gmtime(time.time() + days * 86400)
    return tlv(24, time.strftime("%Y%m%d%H%M%SZ", when).encode())


def utc(days):
    when = time.gmtime(time.time() + days * 86400)
    return tlv(23, time.strftime("%y%m%d%H%M%SZ", when).encode())


NULL = tlv(5)
NO_ALG = b""


def name(cn):
    return seq(tlv(0x31, seq(oid("2.5.4.3"), utf8(cn))))


def alg(number, params=b""):
    return seq(oid(number), params)


RSA_SHA256 = alg("1.2.840.113549.1.1.11", NULL)
ALGORITHMS = {
    "rsa": RSA_SHA256,
    "ec": alg("1.2.840.10045.4.3.2"),
    "ed": alg("1.3.101.112"),
}

# Keys.


def openssl(*args, data=None):
    done = subprocess.run(("openssl",) + args, input=data, check=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout


class Key:
    MAKE = {
        "rsa": ("RSA", "rsa_keygen_bits:2048"),
        "rsa1024": ("RSA", "rsa_keygen_bits:1024"),
        "ec": ("EC", "ec_paramgen_curve:P-256"),
        "p192": ("EC", "ec_paramgen_curve:P-192"),
        "ed": ("ED25519", None),
    }

    def __init__(self, directory, label, kind):
        algorithm, option = self.MAKE[kind]
        self.path = os.path.join(directory, label + ".key")
        self.kind = {"rsa1024": "rsa", "p192": "ec"}.get(kind, kind)
        openssl("genpkey", "-algorithm", algorithm, "-out", self.path,
                *(("-pkeyopt", option) if option else ()))
        self.spki = openssl("pkey", "-in", self.path, "-pubout", "-outform",
                            "DER")

    @property
    def pin(self):
        digest = hashlib.sha256(self.spki).digest()
        return "sha256//" + base64.b64encode(digest).decode()

    @functools.lru_cache(maxsize=None)
    def sign(self, data, digest="sha256"):
        if self.kind != "ed":
            return openssl("dgst", "-" + digest, "-sign", self.path, data=data)
        with open(self.path + ".tbs", "wb") as out:
            out.write(data)
        return openssl("pkeyutl", "-sign", "-rawin", "-inkey", self.path,
                       "-in", self.path + ".tbs")


class Signed:
    """What has a body, an algorithm and a signature."""

    signer = None       # a Key
    alg = None          # both; None: the signer's
    outer = None        # the one beside the signature, if not the same
    digest = "sha256"
    unused = 0          # bits of the signature
    forge = staticmethod(lambda signature: signature)
    tail = b""          # behind the signature

    def __init__(self, **fields):
        self.change(**fields)

    def change(self, **fields):
        for field, value in fields.items():
            assert hasattr(self, field), field
            setattr(self, field, value)

    def but(self, **fields):
        other = copy.copy(self)
        other.change(**fields)
        return other

    @property
    def inner(self):
        return self.alg if self.alg is not None else \
            ALGORITHMS[self.signer.kind]

    def parts(self):
        tbs = self.tbs()
        signature = self.forge(self.signer.sign(tbs, self.digest))
        outer = self.inner if self.outer is None else self.outer
        return tbs + outer + bits(signature, self.unused) + self.tail

    def der(self):
        return seq(self.parts())


def pem(der, what="CERTIFICATE"):
    text = base64.encodebytes(der).decode()
    return f"-----BEGIN {what}-----\n{text}-----END {what}-----\n"


# Extensions: (OID, critical, value).

BASIC, USAGE, PURPOSE, SAN = "2.5.29.19", "2.5.29.15", "2.5.29.37", "2.5.29.17"
NAMES, SUBJECT_KEY, AUTHORITY_KEY = "2.5.29.30", "2.5.29.14", "2.5.29.35"
SERVER_AUTH, CLIENT_AUTH = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"
DIGITAL_SIGNATURE, ENCIPHER, CERT_SIGN, CRL_SIGN = 0x80, 0x20, 0x04, 0x02


def basic(ca, path_length=None, critical=True):
    inner = boolean(True) if ca else b""
    if path_length is not None:
        inner += integer(path_length)
    return BASIC, critical, seq(inner)


def usage(flags, critical=True):
    unused = 7
    while unused > 0 and not flags >> (7 - unused) & 1:
        unused -= 1
    low = (flags & -flags).bit_length() - 1 if flags else 0
    return USAGE, critical, bits(bytes([flags]), low)


def purpose(*oids, critical=False):
    return PURPOSE, critical, seq(*map(oid, oids))


def dns(text):
    return tlv(0x82, text.encode("latin-1"))


def ip(data):
    return tlv(0x87, data)


def san(*names, critical=False):
    return SAN, critical, seq(*names)


def names(permitted=(), excluded=(), critical=True, base=b""):
    """Name constraints; base is put behind each name."""
    out = b""
    if permitted:
        out += tlv(0xA0, *[seq(n, base) for n in permitted])
    if excluded:
        out += tlv(0xA1, *[seq(n, base) for n in excluded])
    return NAMES, critical, seq(out)


def key_id(data):
    return SUBJECT_KEY, False, octets(data)


def authority(data):
    return AUTHORITY_KEY, False, seq(tlv(0x80, data))


def extension(number, critical, value):
    return seq(oid(number), boolean(True) if critical else b"", octets(value))


def extensions(tag, exts):
    return tlv(tag, seq(*[extension(*e) for e in exts])) if exts else b""


# Certificates.


class Cert(Signed):
    version = 2
    serial = integer(4711)
    issuer = subject = spki = key = exts = None
    before = utc(-2)
    after = utc(30)
    ids = b""       # issuerUniqueID and the like

    def tbs(self):
        version = tlv(0xA0, integer(self.version)) if self.version else b""
        return seq(version, self.serial, self.inner, self.issuer,
                   seq(self.before, self.after), self.subject,
                   self.spki or self.key.spki, self.ids,
                   extensions(0xA3, self.exts))

    def having(self, *exts):
        """With these in the place of those of their kinds."""
        numbers = [e[0] for e in exts]
        return self.but(exts=[e for e in self.exts if e[0] not in numbers] +
                        list(exts))

    def without(self, *numbers):
        return self.but(exts=[e for e in self.exts if e[0] not in numbers])


class List(Signed):
    """A revocation list; revoked is serials, or entries in DER."""

    version = 1
    issuer = None
    this, next = utc(-1), utc(7)
    revoked = ()
    exts = ()

    def tbs(self):
        entries = b"".join(e if isinstance(e, bytes) else
                           seq(integer(e), utc(-1)) for e in self.revoked)
        version = integer(self.version) if self.version else b""
        return seq(version, self.inner, self.issuer, self.this, self.next,
                   seq(entries) if entries else b"",
                   extensions(0xA0, self.exts))


GOOD, REVOKED, UNKNOWN = tlv(0x80), tlv(0xA1, general(-1)), tlv(0x82)
SHA1 = alg("1.3.14.3.2.26", NULL)


class Statement:
    """One of an OCSP answer."""

    def __init__(self, cert, issuer, status=GOOD, this=-1, next=7, **fields):
        self.cert, self.issuer, self.status = cert, issuer, status
        self.this, self.next, self.fields = this, next, fields

    def der(self):
        # What is in the BIT STRING of the key, behind its unused bits.
        key = self.issuer.key.spki
        key = key[{"rsa": 24, "ec": 26, "ed": 12}[self.issuer.key.kind]:]
        get = self.fields.get
        return seq(
            seq(get("hash", SHA1),
                octets(get("name", hashlib.sha1(self.issuer.subject)
                           .digest())),
                octets(get("key", hashlib.sha1(key).digest())),
                get("serial", self.cert.serial)),
            self.status, general(self.this),
            tlv(0xA0, general(self.next)) if self.next is not None else b"",
            extensions(0xA1, get("exts")))


class Answer(Signed):
    statements = ()
    responder = None        # a name
    certs = ()
    produced = general(-1)
    result = 0
    kind = "1.3.6.1.5.5.7.48.1.1"
    exts = None
    version = b""

    def tbs(self):
        return seq(self.version, tlv(0xA1, self.responder), self.produced,
                   seq(*[s.der() for s in self.statements]),
                   extensions(0xA1, self.exts))

    def der(self):
        if self.result != 0:
            return seq(tlv(10, bytes([self.result])))
        certs = tlv(0xA0, seq(*[c.der() for c in self.certs])) \
            if self.certs else b""
        return seq(tlv(10, b"\0"),
                   tlv(0xA0, seq(oid(self.kind),
                                 octets(seq(self.parts(), certs)))))
