#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Broken certificates by the hundred, and what becomes of them.

    chains.py MEET [-v] [WORD]      MEET: the program that meet.c makes;
                                    WORD: only cases with it in their name

Each case is a server's chain that differs from a good one in one thing.  What
openssl refuses must be refused, except what LENIENT lists with its reason;
each refusal must say why; what is marked as a control must be accepted.  Each
chain is shown under a CA file, in the form of the system's store, to a pin
and to a known key whose authority nobody knows, and at the first use of a
server.  A data connection must show the control connection's certificate, or
resume its session.
"""

import collections
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile

import x509
from x509 import (Answer, Cert, Key, List, Statement, alg, authority, basic,
                  bits, boolean, dns, integer, ip, key_id, name, names,
                  octets, oid, pem, purpose, san, seq, tlv, usage, utc, utf8)

HOST = "nas.example"
VERSIONS = "1.3", "1.2"

Case = collections.namedtuple(
    "Case", "group label chain anchors key control more")

Lenient = collections.namedtuple("Lenient", "forms case words reason")

# What openssl refuses and we accept: patterns of the form, the case, and of
# "DEPTH: openssl's words".
LENIENT = [Lenient(*row) for row in (
    (".*", r"time: .* no-seconds", "0: format error in cert|1: format|2: form",
     "there is one way to read it, and its signer meant that"),
    ("ca|system", r"chain: .* serial of issuer", "unable to get local issuer",
     "the serial number helps to find the issuer; the signature proves it, "
     "and a renewed authority has another number"),
    ("ca|system", "digest: .* allowed", "algorithm too weak",
     "the user allows it by tls-priority"),
    ("ca|system", r"leaf: .* for anything", "unsuitable certificate purpose",
     "RFC 5280, 4.2.1.12: anything includes servers"),
    ("ca|system", r"leaf: .* netscape client", "unsuitable certificate purp",
     "nobody looks at it since there is extendedKeyUsage, which is right"),
    ("ca", r"list: .* bad date", "format error in CRL's nextUpdate",
     "its authority signed it; as good as no date, which is allowed"),
    ("ca", r"list: .* critical in an entry", "unhandled critical CRL",
     "an entry counts as revoked whatever it says besides"),
    (".*", r"answer: .* of another key", "No Status found",
     "name and number are the certificate's, the signature its issuer's"),
    (".*", r"answer: .* unused bits", "invalid bit string",
     "the signature itself is verified"),
    ("ca|system", r"good: .* (namesakes of root|namesake of inter)",
     "signature failure|1: unsuitable certificate purpose",
     "of several of one name the one that signed may be any"),
    ("ca|system", r"good: .* renewed key", "1: self.signed certificate",
     "it is issued by its own name, but signed by the key before"),
    ("auto|require", r"answer: .* by itself", "0: self.signed certificate",
     "the pin lets it vouch for itself"),
    ("auto", r"answer: .* early", "Status times invalid",
     "may be our clock, and an answer need not be there at all"),
    ("auto", r"answer: .* error \d", "Responder Error",
     "says nothing, is not signed, and need not be there at all"),
    ("pin|known|first", ".*", "[1-9]: ",
     "who vouches for the key does not matter where it is known as such"),
    ("pin|known|first", "(signature|digest|algorithm|chain|self-made): ",
     "0: (certificate signature failure|CA signature digest|unreadable)",
     "the signature would be its issuer's word"),
    ("pin|known|first", "(leaf|critical|constraint|self-made): ",
     "0: (unsuitable|unhandled|proxy|.*constraint|.*subtree|unsupported)",
     "what the issuer says of the certificate's use, by his signature"),
    ("known|first", "(name|constraint): ", "0: .* mismatch",
     "the key is the host's under whatever name: it was seen there"),
    ("pin|known|first", "self-made: ", "0: .* mismatch",
     "its owner made its names up himself"),
)]


def case(group, label, chain, anchors, key=None, control=False, **more):
    return Case(group, label, chain, anchors, key or chain[0].key, control,
                more)


class World:
    """Keys, and three chains in which all is right."""

    KINDS = {"rsa": ("rsa", "rsa", "rsa"), "ec": ("ec", "ec", "ec"),
             "ed": ("ed", "ed", "ed"), "mixed": ("rsa", "ec", "rsa")}

    def __init__(self, directory):
        self.dir = directory
        self.keys = {}
        self.bases = {kind: self.base(kind, *kinds)
                      for kind, kinds in self.KINDS.items()}

    def key(self, label, kind):
        if (label, kind) not in self.keys:
            self.keys[label, kind] = Key(self.dir, f"{label}-{kind}", kind)
        return self.keys[label, kind]

    def base(self, label, root_kind, inter_kind, leaf_kind):
        root_key = self.key("root", root_kind)
        inter_key = self.key("inter", inter_kind)
        leaf_key = self.key("leaf", leaf_kind)
        root = Cert(issuer=name("Root " + label), subject=name("Root " +
                    label), key=root_key, signer=root_key,
                    serial=integer(1), exts=[
                        basic(True), usage(x509.CERT_SIGN | x509.CRL_SIGN),
                        key_id(b"root" + label.encode())])
        inter = Cert(issuer=root.subject, subject=name("Inter " + label),
                     key=inter_key, signer=root_key, serial=integer(2),
                     exts=[basic(True),
                           usage(x509.CERT_SIGN | x509.CRL_SIGN),
                           key_id(b"inter" + label.encode()),
                           authority(b"root" + label.encode())])
        leaf = Cert(issuer=inter.subject, subject=name("Nas"), key=leaf_key,
                    signer=inter_key, serial=integer(3), exts=[
                        basic(False), usage(x509.DIGITAL_SIGNATURE |
                                            x509.ENCIPHER),
                        purpose(x509.SERVER_AUTH), san(dns(HOST)),
                        authority(b"inter" + label.encode())])
        return leaf, inter, root

    def around(self, base, **changed):
        """The chain of a base with one of its certificates replaced."""
        leaf, inter, root = self.bases[base]
        leaf, inter, root = (changed.get("leaf", leaf),
                             changed.get("inter", inter),
                             changed.get("root", root))
        return [leaf, inter], [root]


# Algorithms that sign nothing here.
OIDS = {
    "unknown": alg("1.2.840.113549.1.1.127"),
    "unknown-null": alg("1.2.3.4.5.6", x509.NULL),
    "ml-dsa-65": alg("2.16.840.1.101.3.4.3.18"),
    "slh-dsa": alg("2.16.840.1.101.3.4.3.20"),
    "xmss": alg("1.3.6.1.5.5.7.6.34"),
    "common-name": alg("2.5.4.3"),
    "rsa-encryption": alg("1.2.840.113549.1.1.1", x509.NULL),
    "rsa-oaep": alg("1.2.840.113549.1.1.7"),
    "ec-public-key": alg("1.2.840.10045.2.1"),
    "sha256": alg("2.16.840.1.101.3.4.2.1", x509.NULL),
    "hmac-sha256": alg("1.2.840.113549.2.9", x509.NULL),
    "dh": alg("1.2.840.113549.1.3.1"),
    "x25519": alg("1.3.101.110"),
    "ed448": alg("1.3.101.113"),
    "gost": alg("1.2.643.7.1.1.3.2"),
    "dsa-sha256": alg("2.16.840.1.101.3.4.3.2"),
    "md2-rsa": alg("1.2.840.113549.1.1.2", x509.NULL),
    "md5-rsa": alg("1.2.840.113549.1.1.4", x509.NULL),
    "sha1-rsa": alg("1.2.840.113549.1.1.5", x509.NULL),
    "sha384-rsa": alg("1.2.840.113549.1.1.12", x509.NULL),
    "sha3-256-rsa": alg("2.16.840.1.101.3.4.3.14", x509.NULL),
    "ecdsa-sha1": alg("1.2.840.10045.4.1"),
    "ecdsa-sha512": alg("1.2.840.10045.4.3.4"),
    "pss-bare": alg("1.2.840.113549.1.1.10"),
    "pss-empty": alg("1.2.840.113549.1.1.10", seq()),
    "pss-unknown-hash": alg("1.2.840.113549.1.1.10", seq(
        tlv(0xA0, alg("1.2.3.4")), tlv(0xA1, alg("1.2.840.113549.1.1.8",
                                                 alg("1.2.3.4"))))),
    "pss-junk": alg("1.2.840.113549.1.1.10", octets(b"junk")),
    "empty": seq(),
    "long-arc": alg("2.999." + "9" * 40),
}

# Enough where the same was tried with another kind of key.
FEW = ("unknown", "ml-dsa-65", "xmss", "common-name", "rsa-encryption",
       "ec-public-key", "sha256", "pss-unknown-hash", "dsa-sha256",
       "ecdsa-sha1", "empty")


def algorithms(kind):
    return [(label, algorithm) for label, algorithm in OIDS.items()
            if kind == "rsa" or label in FEW]


FORGERIES = {
    "empty": lambda s: b"",
    "zero": lambda s: bytes(len(s)),
    "ones": lambda s: b"\xff" * len(s),
    "random": lambda s: bytes(range(7, 7 + len(s) % 200)) + s[:len(s) -
                                                              len(s) % 200],
    "cut": lambda s: s[:-1],
    "half": lambda s: s[:len(s) // 2],
    "long": lambda s: s + b"\0",
    "front": lambda s: b"\0" + s,
    "bit": lambda s: s[:-1] + bytes([s[-1] ^ 1]),
    "first-bit": lambda s: bytes([s[0] ^ 1]) + s[1:],
    "zero-numbers": lambda s: seq(integer(0), integer(0)),
    "one-numbers": lambda s: seq(integer(1), integer(1)),
}
TYPES = "rsa", "ec", "ed"


def broken_signatures(w):
    for kind in TYPES:
        for at in "leaf", "inter":
            good = w.bases[kind][0 if at == "leaf" else 1]
            for label, algorithm in algorithms(kind):
                yield case("algorithm", f"{kind} {at} {label}", *w.around(
                    kind, **{at: good.but(alg=algorithm)}))
                yield case("two-algorithms", f"{kind} {at} outer {label}",
                           *w.around(kind, **{at: good.but(
                               outer=algorithm)}))
                yield case("two-algorithms", f"{kind} {at} inner {label}",
                           *w.around(kind, **{at: good.but(
                               alg=algorithm, outer=good.inner)}))
            for label, forge in FORGERIES.items():
                yield case("signature", f"{kind} {at} {label}", *w.around(
                    kind, **{at: good.but(forge=forge)}))
                yield case("signature", f"{kind} {at} unknown {label}",
                           *w.around(kind, **{at: good.but(
                               forge=forge, alg=OIDS["unknown"])}))
            for unused in 1, 7, 8:
                yield case("signature", f"{kind} {at} unused {unused}",
                           *w.around(kind, **{at: good.but(unused=unused)}))
            yield case("signature", f"{kind} {at} of another",
                       *w.around(kind, **{at: good.but(
                           signer=w.key("other", kind))}))
            yield case("signature", f"{kind} {at} of itself",
                       *w.around(kind, **{at: good.but(signer=good.key)}))
            yield case("signature", f"{kind} {at} tail", *w.around(
                kind, **{at: good.but(tail=x509.NULL)}))
        leaf, inter, root = w.bases[kind]
        for digest in "sha1", "md5":
            number = {"rsa": {"sha1": "sha1-rsa", "md5": "md5-rsa"},
                      "ec": {"sha1": "ecdsa-sha1"}}.get(kind, {}).get(digest)
            if number:
                for at, good in ("leaf", leaf), ("inter", inter):
                    bad = good.but(digest=digest, alg=OIDS[number])
                    yield case("digest", f"{kind} {at} {digest}",
                               *w.around(kind, **{at: bad}))
                    if digest == "sha1":
                        yield case(
                            "digest", f"{kind} {at} {digest}, allowed",
                            *w.around(kind, **{at: bad}), accepted=True,
                            priority="NORMAL:%VERIFY_ALLOW_SIGN_WITH_SHA1")


def broken_times(w):
    times = {
        "expired": dict(before=utc(-9), after=utc(-2)),
        "just-expired": dict(after=utc(-0.01)),
        "early": dict(before=utc(2)),
        "reversed": dict(before=utc(30), after=utc(-2)),
        "month-13": dict(after=tlv(23, b"301301000000Z")),
        "no-seconds": dict(after=tlv(23, b"3001010000Z")),
        "zone": dict(after=tlv(23, b"300101000000+0000")),
        "letters": dict(after=tlv(23, b"3001010a0000Z")),
        "empty": dict(after=tlv(23)),
        "null": dict(after=x509.NULL),
        "before-month-0": dict(before=tlv(23, b"200001000000Z")),
        "fraction": dict(after=tlv(24, b"20400101000000.5Z")),
        "year-9999": dict(after=tlv(24, b"99991231235959Z")),
        "general": dict(after=x509.general(30)),
    }
    for at, i in ("leaf", 0), ("inter", 1), ("root", 2):
        for label, change in times.items():
            good = w.bases["ec"][i]
            yield case("time", f"{at} {label}", *w.around(
                "ec", **{at: good.but(**change)}),
                control=label in ("general", "year-9999") and at != "leaf")


def broken_names(w):
    leaf, inter, root = w.bases["ec"]
    sans = {
        "other": [dns("other.example")],
        "parent": [dns("example")],
        "child": [dns("x.nas.example")],
        "star": [dns("*")],
        "star-tld": [dns("*.example.org")],
        "star-in-the-end": [dns("nas.*")],
        "star-star": [dns("*.*")],
        "nul": [dns("nas.example\0.evil.example")],
        "nul-in-front": [dns("\0nas.example")],
        "blank": [dns(" nas.example")],
        "blank-behind": [dns("nas.example ")],
        "dot-in-front": [dns(".nas.example")],
        "empty": [dns("")],
        "mail": [tlv(0x81, b"root@nas.example")],
        "uri": [tlv(0x86, b"ftp://nas.example/")],
        "directory": [tlv(0xA4, name(HOST))],
        "registered": [tlv(0x88, b"\x2a\x03")],
        "other-name": [tlv(0xA0, oid("1.2.3"), tlv(0xA0, utf8(HOST)))],
        "address": [ip(bytes([192, 0, 2, 1]))],
        "bad-tag": [tlv(0x8F, HOST.encode())],
        "none": [],
    }
    for label, list_ in sans.items():
        for cn in "Nas", HOST:
            yield case("name", f"{label} CN={cn}", *w.around(
                "ec", leaf=leaf.having(san(*list_)).but(subject=name(cn))))
    yield case("name", "no SAN", *w.around("ec", leaf=leaf.without(x509.SAN)))
    yield case("name", "no SAN, CN", *w.around("ec", leaf=leaf.without(
        x509.SAN).but(subject=name(HOST))), control=True)
    yield case("name", "no SAN, CN with NUL", *w.around(
        "ec", leaf=leaf.without(x509.SAN).but(
            subject=name("nas.example\0.evil"))))
    yield case("name", "garbage", *w.around("ec", leaf=leaf.having(
        (x509.SAN, False, b"garbage"))))
    yield case("name", "twice", *w.around("ec", leaf=leaf.without(
        x509.SAN).but(exts=leaf.exts + [san(dns("other.example"))])))
    yield case("name", "capitals", *w.around("ec", leaf=leaf.having(
        san(dns("NAS.Example")))), control=True)
    yield case("name", "second", *w.around("ec", leaf=leaf.having(
        san(dns("x.example"), dns(HOST)))), control=True)
    yield case("name", "star of three", *w.around("ec", leaf=leaf.having(
        san(dns("*.nas.example")))), control=True, host="x.nas.example")
    for label, host, list_, good in (
            ("address as dNSName", "192.0.2.1", [dns("192.0.2.1")], False),
            ("address", "192.0.2.1", [ip(bytes([192, 0, 2, 1]))], True),
            ("other address", "192.0.2.1", [ip(bytes([192, 0, 2, 2]))],
             False),
            ("address of 5", "192.0.2.1", [ip(bytes([192, 0, 2, 1, 0]))],
             False),
            ("address of 8", "192.0.2.1", [ip(bytes([192, 0, 2, 1] +
                                                    [255] * 4))], False),
            ("mapped address", "192.0.2.1", [ip(
                bytes(10) + b"\xff\xff" + bytes([192, 0, 2, 1]))], False),
            ("address as URI", "192.0.2.1", [tlv(0x86, b"192.0.2.1")], False),
            ("IPv6", "2001:db8::1", [ip(b"\x20\x01\x0d\xb8" + bytes(11) +
                                        b"\1")], True),
            ("other IPv6", "2001:db8::2", [ip(
                b"\x20\x01\x0d\xb8" + bytes(11) + b"\1")], False)):
        yield case("name", label, *w.around("ec", leaf=leaf.having(
            san(*list_))), host=host, control=good)
    # GnuTLS has no text for such a name.
    empty = seq(tlv(0x31))
    for label, changed in {
            "subject": leaf.but(subject=empty),
            "issuer": leaf.but(issuer=empty),
            "own": leaf.but(subject=empty, issuer=empty, signer=leaf.key)
    }.items():
        yield case("name", "without attributes, " + label, *w.around(
            "ec", leaf=changed))
    yield case("name", "without attributes, of all", *w.around(
        "ec", leaf=leaf.but(issuer=empty), inter=inter.but(
            subject=empty, issuer=empty), root=root.but(
                subject=empty, issuer=empty)))
    yield case("name", "address in CN", *w.around("ec", leaf=leaf.without(
        x509.SAN).but(subject=name("192.0.2.1"))), host="192.0.2.1")


def broken_links(w):
    for kind in TYPES:
        leaf, inter, root = w.bases[kind]
        other = w.bases["mixed"]
        stranger = w.key("other", kind)
        yield case("chain", f"{kind} issuer's name", *w.around(
            kind, leaf=leaf.but(issuer=name("Nobody"))))
        yield case("chain", f"{kind} issuer empty", *w.around(
            kind, leaf=leaf.but(issuer=seq())))
        yield case("chain", f"{kind} inter's issuer", *w.around(
            kind, inter=inter.but(issuer=name("Nobody"))))
        yield case("chain", f"{kind} other key of inter", *w.around(
            kind, inter=inter.but(key=stranger)))
        yield case("chain", f"{kind} other key of root", *w.around(
            kind, root=root.but(key=stranger, signer=stranger)))
        yield case("chain", f"{kind} inter missing", [leaf], [root])
        yield case("chain", f"{kind} other inter", [leaf, other[1]], [root])
        yield case("chain", f"{kind} other root", [leaf, inter], [other[2]])
        yield case("chain", f"{kind} root sent along", [leaf, inter, root],
                   [other[2]])
        false_root = root.but(key=stranger, signer=stranger)
        yield case("chain", f"{kind} false root sent along",
                   [leaf, inter.but(signer=stranger), false_root], [root])
        false = inter.but(key=stranger, signer=stranger)
        yield case("chain", f"{kind} false inter", [leaf.but(
            signer=stranger), false], [root])
        yield case("chain", f"{kind} false inter, unknown algorithm",
                   [leaf.but(signer=stranger), false.but(
                       alg=OIDS["unknown"])], [root])
        yield case("chain", f"{kind} false leaf of the root", [leaf.but(
            signer=stranger, issuer=root.subject,
            alg=OIDS["unknown"]).having(authority(
                b"root" + kind.encode()))], [root])
        yield case("chain", f"{kind} false leaf of the root, no key id",
                   [leaf.but(signer=stranger, issuer=root.subject,
                             alg=OIDS["unknown"]).without(
                                 x509.AUTHORITY_KEY)], [root])
        below = leaf.but(issuer=leaf.subject, signer=leaf.key,
                         key=w.key("below", kind)).without(
                             x509.AUTHORITY_KEY)
        yield case("chain", f"{kind} below a leaf", [below, leaf, inter],
                   [root])
        self_signed = leaf.but(issuer=leaf.subject, signer=leaf.key).without(
            x509.AUTHORITY_KEY)
        yield case("chain", f"{kind} self-signed", [self_signed], [root])
        yield case("chain", f"{kind} self-signed, then inter",
                   [self_signed, inter], [root])
        yield case("chain", f"{kind} self-signed, root's name", [leaf.but(
            issuer=root.subject, subject=root.subject,
            signer=leaf.key).without(x509.AUTHORITY_KEY)], [root])
        yield case("chain", f"{kind} key id", *w.around(kind, leaf=leaf.having(
            authority(b"another"))))
        yield case("chain", f"{kind} serial of issuer", *w.around(
            kind, leaf=leaf.having((x509.AUTHORITY_KEY, False, seq(
                tlv(0xA1, tlv(0xA4, root.subject)), tlv(0x82, b"\x63"))))))
        # Controls.
        yield case("good", f"{kind}", [leaf, inter], [root], control=True)
        yield case("good", f"{kind} with root", [leaf, inter, root], [root],
                   control=True)
        yield case("good", f"{kind} wrong order", [leaf, root, inter],
                   [root], control=True)
        yield case("good", f"{kind} stranger behind", [leaf, inter,
                                                       other[1]],
                   [root], control=True)
        yield case("good", f"{kind} inter is the anchor", [leaf], [inter],
                   control=True)
        yield case("good", f"{kind} below the root", [leaf.but(
            issuer=root.subject, signer=root.key).having(authority(
                b"root" + kind.encode()))], [root], control=True)
        yield case("good", f"{kind} leaf is the anchor", [leaf], [leaf],
                   control=True)
        yield case("good", f"{kind} self-signed anchor", [self_signed],
                   [self_signed], control=True)
        yield case("good", f"{kind} of two roots", [leaf, inter],
                   [other[2], root], control=True)
        # Names that several have; the right one stands at each place.
        plain = leaf.without(x509.AUTHORITY_KEY)
        twin = plain.but(key=stranger, serial=integer(8))
        bare_root = root.without(x509.SUBJECT_KEY)
        namesake = bare_root.but(key=stranger, signer=stranger)
        third = w.key("third", kind)
        other_namesake = bare_root.but(key=third, signer=third)
        below_root = [plain, inter.without(x509.AUTHORITY_KEY)]
        for label, chain, anchors in (
                ("leaf", [plain], [plain, twin]),
                ("root", below_root, [bare_root, namesake,
                                      other_namesake])):
            for i in range(len(anchors)):
                # GnuTLS takes one root of a name for the issuer, and it may
                # be the wrong one.
                yield case("good", f"{kind} namesakes of {label} {i}", chain,
                           anchors[-i:] + anchors[:-i],
                           control=label == "leaf")
        # One that signed nothing here, and may not vouch for servers.
        sham = inter.without(x509.SUBJECT_KEY).having(purpose(
            x509.CLIENT_AUTH)).but(issuer=inter.subject, key=stranger,
                                   signer=stranger)
        for label, anchors in ("first", [sham, root]), ("last", [root, sham]):
            yield case("good", f"{kind} namesake of inter {label}",
                       [plain, inter], anchors, accepted=True)
        yield case("chain", f"{kind} namesakes only", below_root,
                   [namesake, other_namesake])
        yield case("chain", f"{kind} namesake of a trusted leaf", [plain],
                   [twin])
        yield case("good", f"{kind} no key ids", [
            leaf.without(x509.AUTHORITY_KEY),
            inter.without(x509.AUTHORITY_KEY, x509.SUBJECT_KEY)],
            [root.without(x509.SUBJECT_KEY)], control=True)
        # What only openssl's -x509_strict dislikes.
        homely = root.having(basic(True, critical=False)).without(x509.USAGE)
        yield case("good", f"{kind} homely root", [leaf, inter], [homely],
                   control=True)
        yield case("good", f"{kind} homely inter", [leaf, inter.having(
            basic(True, critical=False)).without(
                x509.USAGE, x509.SUBJECT_KEY, x509.AUTHORITY_KEY)], [homely],
            control=True)
        yield case("good", f"{kind} homely leaf", [leaf.without(
            x509.BASIC, x509.USAGE, x509.PURPOSE), inter], [root],
            control=True)
        yield case("good", f"{kind} root of version 1", [leaf, inter.without(
            x509.AUTHORITY_KEY)], [root.but(version=0, exts=None)],
            control=True)
        yield case("good", f"{kind} leaf of version 1", [leaf.but(
            version=0, exts=None, subject=name(HOST)), inter], [root],
            control=True)
    yield from self_made(w)
    mixed = w.bases["mixed"]
    yield case("good", "mixed", mixed[:2], mixed[2:], control=True)


def self_made(w):
    """What boxes make for themselves; trusted says whether a pin does."""
    old = {"rsa": dict(digest="sha1", alg=OIDS["sha1-rsa"]),
           "ec": dict(digest="sha1", alg=OIDS["ecdsa-sha1"]), "ed": {}}
    for kind in TYPES:
        leaf = w.bases[kind][0]
        box = leaf.but(issuer=leaf.subject, signer=leaf.key).without(
            x509.AUTHORITY_KEY)
        for label, changed, trusted in (
                ("plain", box, True),
                ("SHA-1", box.but(**old[kind]), True),
                ("for clients", box.having(purpose(
                    x509.CLIENT_AUTH, critical=True)), True),
                ("for clients, SHA-1", box.having(purpose(
                    x509.CLIENT_AUTH)).but(**old[kind]), True),
                ("an authority", box.having(basic(True), usage(
                    x509.DIGITAL_SIGNATURE | x509.CERT_SIGN)), True),
                ("other name", box.having(san(dns("printer"))), True),
                ("version 1", box.but(version=0, exts=None), True),
                ("expired", box.but(before=utc(-9), after=utc(-2)), False),
                ("early", box.but(before=utc(2)), False)):
            yield case("self-made", f"{kind} {label}", [changed],
                       w.bases[kind][2:], trusted=trusted)
    weak = w.key("weak", "rsa1024")
    box = w.bases["rsa"][0].but(key=weak, signer=weak,
                                issuer=name("Nas")).without(
                                    x509.AUTHORITY_KEY)
    yield case("self-made", "rsa weak", [box], w.bases["rsa"][2:],
               trusted=False)


def broken_authorities(w):
    leaf, inter, root = w.bases["ec"]
    plain = inter.but(version=0, exts=None)
    for at, good, i in ("inter", inter, 1), ("root", root, 2):
        for label, changed in {
                "no CA": good.having(basic(False)),
                "no CA, not critical": good.having(basic(
                    False, critical=False)),
                "no constraints": good.without(x509.BASIC),
                "no constraints, may not sign": good.without(
                    x509.BASIC).having(usage(x509.DIGITAL_SIGNATURE)),
                "no extensions": good.but(exts=None),
                "garbage": good.having((x509.BASIC, True, b"garbage")),
                "empty": good.having((x509.BASIC, True, b"")),
                "long": good.having((x509.BASIC, True,
                                     basic(True)[2] + b"\0")),
                "of no length": good.having((
                    x509.BASIC, True, b"\x30\x80\1\1\xff\0\0")),
                "negative": good.having(basic(True, -1)),
                "huge": good.having(basic(True, 2 ** 70)),
                "twice": good.but(exts=good.exts + [basic(False)]),
                "may not sign": good.having(usage(x509.CRL_SIGN)),
                "may sign data": good.having(usage(
                    x509.DIGITAL_SIGNATURE)),
                "may nothing": good.having((x509.USAGE, True, bits(b""))),
                "usage garbage": good.having((x509.USAGE, True, b"\xff")),
                "for clients": good.having(purpose(x509.CLIENT_AUTH)),
                "for clients, critical": good.having(purpose(
                    x509.CLIENT_AUTH, critical=True)),
                "for code": good.having(purpose("1.3.6.1.5.5.7.3.3")),
                "purpose garbage": good.having((x509.PURPOSE, False,
                                                b"garbage")),
        }.items():
            yield case("authority", f"{at} {label}", *w.around(
                "ec", **{at: changed}))
    yield case("authority", "inter of version 1", *w.around(
        "ec", inter=plain, leaf=leaf.without(x509.AUTHORITY_KEY)))
    yield case("authority", "inter of version 2", *w.around(
        "ec", inter=plain.but(version=1), leaf=leaf.without(
            x509.AUTHORITY_KEY)))
    yield case("authority", "inter of version 1, extensions", *w.around(
        "ec", inter=inter.but(version=0)))
    yield case("good", "inter for servers", *w.around(
        "ec", inter=inter.having(purpose(x509.SERVER_AUTH))), control=True)
    # Path length.
    second = Cert(issuer=inter.subject, subject=name("Second"),
                  key=w.key("second", "ec"), signer=inter.key,
                  serial=integer(9), exts=[basic(True), usage(
                      x509.CERT_SIGN)])
    low = leaf.but(issuer=second.subject, signer=second.key).without(
        x509.AUTHORITY_KEY)
    for label, chain, anchors in (
            ("root 0", [leaf, inter], [root.having(basic(True, 0))]),
            ("inter 0", [low, second, inter.having(basic(True, 0))], [root]),
            ("root 1", [low, second, inter], [root.having(basic(True, 1))]),
            ("anchor 0", [low, second], [inter.having(basic(True, 0))]),
            ("second is no CA", [low, second.having(basic(False)), inter],
             [root])):
        yield case("path length", label, chain, anchors)
    for label, chain, anchors in (
            ("root 1", [leaf, inter], [root.having(basic(True, 1))]),
            ("root 2", [low, second, inter], [root.having(basic(True, 2))]),
            ("inter 0", [leaf, inter.having(basic(True, 0))], [root]),
            ("second", [low, second, inter], [root])):
        yield case("good", "path length " + label, chain, anchors,
                   control=True)


def broken_leaves(w):
    for kind in TYPES:
        leaf = w.bases[kind][0]
        for label, changed in {
                "signs certificates": leaf.having(usage(x509.CERT_SIGN)),
                "signs lists": leaf.having(usage(x509.CRL_SIGN)),
                "may nothing": leaf.having((x509.USAGE, True, bits(b""))),
                "usage garbage": leaf.having((x509.USAGE, True, b"\xff")),
                "for clients": leaf.having(purpose(x509.CLIENT_AUTH)),
                "for code": leaf.having(purpose("1.3.6.1.5.5.7.3.3")),
                "for clients, critical": leaf.having(purpose(
                    x509.CLIENT_AUTH, critical=True)),
                "for time stamps": leaf.having(purpose("1.3.6.1.5.5.7.3.8")),
                "for OCSP": leaf.having(purpose("1.3.6.1.5.5.7.3.9")),
                "for something": leaf.having(purpose("1.2.3.4")),
                "for anything": leaf.having(purpose("2.5.29.37.0")),
                "purpose empty": leaf.having((x509.PURPOSE, False, seq())),
                "purpose garbage": leaf.having((x509.PURPOSE, False,
                                                b"garbage")),
                "usage twice": leaf.but(exts=leaf.exts + [usage(
                    x509.CERT_SIGN)]),
                "purpose twice": leaf.but(exts=leaf.exts + [purpose(
                    x509.CLIENT_AUTH)]),
                "version 2": leaf.but(version=1),
                "version 4": leaf.but(version=3),
                "version 1, extensions": leaf.but(version=0),
                "netscape client": leaf.but(exts=leaf.exts + [(
                    "2.16.840.1.113730.1.1", False, bits(b"\x80", 7))]),
        }.items():
            yield case("leaf", f"{kind} {label}", *w.around(
                kind, leaf=changed))
    leaf, inter, root = w.bases["ec"]
    weak = w.key("weak", "rsa1024")
    thin = w.key("weak", "p192")
    yield case("key", "leaf of 1024 bits", *w.around("rsa", leaf=w.bases[
        "rsa"][0].but(key=weak)))
    yield case("key", "inter of 1024 bits", [w.bases["rsa"][0].but(
        signer=weak), w.bases["rsa"][1].but(key=weak)], [w.bases["rsa"][2]])
    yield case("key", "inter of 192 bits", [leaf.but(signer=thin),
                                            inter.but(key=thin)], [root])
    unknown = seq(alg("1.2.3.4"), bits(b"key"))
    yield case("key", "unknown kind of inter", *w.around(
        "ec", inter=inter.but(spki=unknown)))
    yield case("key", "unknown kind of leaf", *w.around(
        "ec", leaf=leaf.but(spki=unknown)))
    yield case("key", "unknown kind of root", *w.around(
        "ec", root=root.but(spki=unknown)))
    spki = inter.key.spki
    yield case("key", "unknown curve of inter", *w.around(
        "ec", inter=inter.but(spki=spki.replace(
            oid("1.2.840.10045.3.1.7"), oid("1.2.840.10045.3.1.6")))))
    yield case("key", "point not on the curve", *w.around(
        "ec", inter=inter.but(spki=spki[:-1] + bytes([spki[-1] ^ 1]))))


def broken_extensions(w):
    unknown = "1.2.3.4.5"
    for kind in TYPES:
        for at, i in ("leaf", 0), ("inter", 1), ("root", 2):
            good = w.bases[kind][i]
            yield case("critical", f"{kind} {at} unknown", *w.around(
                kind, **{at: good.having((unknown, True, b"x"))}))
            yield case("good", f"{kind} {at} unknown, not critical",
                       *w.around(kind, **{at: good.having(
                           (unknown, False, b"x"))}), control=True)
    for at, i in ("leaf", 0), ("inter", 1), ("root", 2):
        good = w.bases["ec"][i]
        for label, ext in {
                "empty": (unknown, True, b""),
                "netscape": ("2.16.840.1.113730.1.13", True, b"\x16\x01x"),
                "SCT": ("1.3.6.1.4.1.11129.2.4.2", True, octets(b"x")),
                "poison": ("1.3.6.1.4.1.11129.2.4.3", True, x509.NULL),
                "proxy": ("1.3.6.1.5.5.7.1.14", True, seq(
                    seq(oid("1.3.6.1.5.5.7.21.1")))),
                "private key usage": ("2.5.29.16", True, seq()),
                "authority access": ("1.3.6.1.5.5.7.1.1", True, seq()),
                "issuer names": ("2.5.29.18", True, seq(dns("x"))),
                "CRL places": ("2.5.29.31", True, seq()),
                "any policy": ("2.5.29.54", True, integer(0)),
                "policies garbage": ("2.5.29.32", True, b"garbage"),
                "features": ("1.3.6.1.5.5.7.1.24", True, seq(integer(5))),
                "same address blocks": ("1.3.6.1.5.5.7.1.7", True, seq()),
        }.items():
            yield case("critical", f"ec {at} {label}", *w.around(
                "ec", **{at: good.having(ext)}))
        many = [(f"1.2.3.{n}", False, b"x") for n in range(64)]
        access = "1.3.6.1.5.5.7.1.1", True, seq()
        long_number = "1.2" + ".123456" * 20, False, b"x"
        for label, exts in (("many", many), ("many and one", many + [access]),
                            ("long number", [long_number]),
                            ("long number and one", [long_number, access])):
            yield case("critical", f"ec {at} {label}", *w.around(
                "ec", **{at: good.but(exts=good.exts + exts)}), refused=True)
        yield case("critical", f"ec {at} first", *w.around(
            "ec", **{at: good.but(exts=[access] + good.exts)}), refused=True)
        # So many are looked at.
        room = 64 - len(good.exts)
        yield case("critical", f"ec {at} one too many", *w.around("ec", **{
            at: good.but(exts=good.exts + many[:room])}), refused=True)
        yield case("good", f"ec {at} as many as may be", *w.around("ec", **{
            at: good.but(exts=good.exts + many[:room - 1])}), control=True)


def name_constraints(w):
    leaf, inter, root = w.bases["ec"]
    here = seq(tlv(0x31, seq(oid("2.5.4.3"), utf8("Nas"))))
    there = seq(tlv(0x31, seq(oid("2.5.4.3"), utf8("Elsewhere"))))
    organization = tlv(0x31, seq(oid("2.5.4.10"), utf8("Home")))
    member = leaf.but(subject=seq(organization, tlv(
        0x31, seq(oid("2.5.4.3"), utf8("Nas")))))
    address = leaf.having(san(dns(HOST), ip(bytes([192, 0, 2, 1]))))
    net = bytes([192, 0, 2, 0, 255, 255, 255, 0])
    far = bytes([198, 51, 100, 0, 255, 255, 255, 0])
    bare = leaf.without(x509.SAN).but(subject=name(HOST))
    deep = leaf.having(san(dns(HOST), tlv(0xA4, there)))
    mail = leaf.having(san(dns(HOST), tlv(0x81, b"a@evil.example")))
    uri = leaf.having(san(dns(HOST), tlv(0x86, b"ftp://evil.example/x")))
    other_name = tlv(0xA0, oid("1.2.3"), tlv(0xA0, utf8("x")))
    odd = leaf.having(san(dns(HOST), other_name))
    registered = leaf.having(san(dns(HOST), tlv(0x88, b"\x2a\x03")))
    rows = [
        ("other domain", leaf, names([dns("other.example")])),
        ("excluded", leaf, names([], [dns(HOST)])),
        ("excluded domain", leaf, names([], [dns("example")])),
        ("excluded, dot", leaf, names([], [dns(".example")])),
        ("excluded all", leaf, names([], [dns("")])),
        ("longer domain", leaf, names([dns("xnas.example")])),
        ("end of a label", leaf, names([dns("as.example")])),
        ("excluded within", leaf, names([dns("example")], [dns(HOST)])),
        ("capitals excluded", leaf, names([], [dns("NAS.EXAMPLE")])),
        ("domain in capitals excluded", leaf, names([], [dns("EXAMPLE")])),
        ("not critical", leaf, names([dns("other.example")],
                                     critical=False)),
        ("one of two names", leaf.having(san(dns(HOST), dns(
            "evil.example.org"))), names([dns(HOST)])),
        ("excluded star", leaf.having(san(dns("*.example"), dns(HOST))),
         names([], [dns("bad.example")])),
        ("CN", bare, names([dns("other.example")])),
        ("CN excluded", bare, names([], [dns(HOST)])),
        ("address", address, names([ip(far)])),
        ("address excluded", address, names([], [ip(net)])),
        ("address of 4", address, names([ip(net[:4])])),
        ("address of 5, excluded", address, names([], [ip(net[:5])])),
        ("address, mask with a hole", address, names([], [ip(
            net[:4] + bytes([255, 0, 255, 0]))])),
        ("address of 16, excluded", address, names([], [ip(bytes(32))])),
        ("directory", leaf, names([tlv(0xA4, there)])),
        ("directory in a value", leaf.but(subject=name("Nas,O=Home")),
         names([tlv(0xA4, seq(organization))])),
        ("directory behind a backslash", leaf.but(subject=name(
            "Nas\\,O=Home")), names([tlv(0xA4, seq(organization))])),
        ("directory empty", leaf.but(subject=seq(tlv(0x31))), names(
            [tlv(0xA4, there)])),
        ("directory unreadable", leaf.but(subject=name("")), names(
            [tlv(0xA4, there)])),
        ("directory excluded", leaf, names([], [tlv(0xA4, here)])),
        ("directory of a SAN", deep, names([], [tlv(0xA4, there)])),
        ("directory all excluded", leaf, names([], [tlv(0xA4, seq())])),
        ("mail", mail, names([tlv(0x81, b"good.example")])),
        ("mail excluded", mail, names([], [tlv(0x81, b"evil.example")])),
        ("uri", uri, names([tlv(0x86, b"good.example")])),
        ("uri excluded", uri, names([], [tlv(0x86, b"evil.example")])),
        ("other name", odd, names([other_name])),
        ("other name excluded", odd, names([], [other_name])),
        ("registered", registered, names([tlv(0x88, b"\x2a\x04")])),
        ("registered excluded", registered, names([], [tlv(
            0x88, b"\x2a\x03")])),
        ("x400 excluded", leaf, names([], [tlv(0xA3, seq())])),
        ("EDI excluded", leaf, names([], [tlv(0xA5, tlv(0xA1, utf8("x")))])),
        ("minimum", leaf, names([dns("example")], base=tlv(0x80, b"\1"))),
        ("maximum", leaf, names([dns("example")], base=tlv(0x81, b"\0"))),
        ("empty", leaf, (x509.NAMES, True, seq())),
        ("empty list", leaf, (x509.NAMES, True, seq(tlv(0xA0)))),
        ("garbage", leaf, (x509.NAMES, True, b"garbage")),
        ("nothing", leaf, (x509.NAMES, True, b"")),
        ("unknown tag", leaf, (x509.NAMES, True, seq(tlv(0xA2, seq(
            dns("x")))))),
        ("of no length", leaf, (
            x509.NAMES, True, b"\x30\x80" +
            tlv(0xA0, seq(dns("example"))) + b"\0\0")),
        ("list of no length", leaf, (x509.NAMES, True, seq(
            b"\xa0\x80" + seq(dns("example")) + b"\0\0"))),
        ("tree of no length", leaf, (x509.NAMES, True, seq(tlv(
            0xA0, b"\x30\x80" + dns("example") + b"\0\0")))),
    ]
    for label, l, ext in rows:
        yield case("constraint", "inter " + label, [l, inter.having(ext)],
                   [root])
        yield case("constraint", "root " + label, [l, inter],
                   [root.having(ext)])
    yield case("constraint", "anchor", [leaf], [inter.having(names(
        [dns("other.example")]))])
    yield case("constraint", "twice", [leaf, inter.but(
        exts=inter.exts + [names([dns(HOST)]), names([], [dns(HOST)])])],
        [root])
    yield case("constraint", "inter's own name", [leaf, inter],
               [root.having(names([tlv(0xA4, here)]))])
    # What issues itself, with a new key, is no name that is given.
    renewed = inter.but(issuer=inter.subject, signer=inter.key, key=w.key(
        "renewed", "ec"), serial=integer(12)).without(
            x509.AUTHORITY_KEY, x509.SUBJECT_KEY)
    low = leaf.but(signer=renewed.key).without(x509.AUTHORITY_KEY)
    older = inter.without(x509.SUBJECT_KEY)
    yield case("good", "constraint and a renewed key", [
        low, renewed, older.having(names([tlv(0xA4, here)]))], [root],
        accepted=True)
    yield case("constraint", "there, with a renewed key", [
        low, renewed, older.having(names([tlv(0xA4, there)]))], [root])
    yield case("constraint", "itself, with a renewed key", [
        leaf.but(subject=inter.subject, signer=inter.key), older.having(
            names([tlv(0xA4, here)]))], [root])
    # GnuTLS refuses capitals here, and an excluded directory.
    for label, l, ext in (
            ("domain", leaf, names([dns("example")])),
            ("itself", leaf, names([dns(HOST)])),
            ("excluded other", leaf, names([], [dns("other.example")])),
            ("address", address, names([ip(net), dns("example")])),
            ("excluded address", address, names([], [ip(far)])),
            ("only addresses", leaf, names([ip(net)])),
            ("mail", leaf, names([tlv(0x81, b"good.example")])),
            ("directory", leaf, names([tlv(0xA4, here)])),
            ("directory above", member, names([tlv(0xA4, seq(
                organization))])),
            ("directory above a backslash", member.but(subject=seq(
                organization, tlv(0x31, seq(oid("2.5.4.3"), utf8("\\"))))),
             names([tlv(0xA4, seq(organization))])),
            ("end of a label in capitals", leaf, names(
                [], [dns("AS.EXAMPLE")])),
            ("directory of nobody", leaf.but(subject=seq()), names(
                [tlv(0xA4, there)]))):
        yield case("good", "constraint inter " + label,
                   [l, inter.having(ext)], [root], control=True)


# Revocation lists and OCSP answers, on a good chain.


def lists(w, kind, **changed):
    """The two lists that there should be, with something changed in both."""
    leaf, inter, root = w.bases[kind]
    return [List(issuer=inter.subject, signer=inter.key).but(**changed),
            List(issuer=root.subject, signer=root.key)]


def revocation_lists(w):
    idp = "2.5.29.28"
    for kind in TYPES:
        leaf, inter, root = w.bases[kind]

        def shown(label, crl, control=False, chain=None, anchors=None):
            return case("list", f"{kind} {label}", chain or [leaf, inter],
                        anchors or [root], control=control, crl=crl)

        good = lists(w, kind)
        stranger = w.key("other", kind)
        yield shown("good", good, True)
        yield shown("good, others revoked", lists(w, kind, revoked=[1, 2, 4]),
                    True)
        yield shown("good, wrong order", good[::-1], True)
        yield shown("not critical", lists(w, kind, exts=[
            ("1.2.3.4", False, b"x")]), True)
        for label, algorithm in algorithms(kind):
            yield shown("algorithm " + label, lists(
                w, kind, alg=algorithm, revoked=[99]))
            yield shown("outer " + label, lists(
                w, kind, outer=algorithm, revoked=[99]))
        for label, forge in FORGERIES.items():
            yield shown("signature " + label, lists(
                w, kind, forge=forge))
        for label, changed in {
                "revoked": dict(revoked=[3]),
                "revoked among others": dict(revoked=[1, 2, 3, 4]),
                "of another key": dict(signer=stranger),
                "of another issuer": dict(issuer=name("Nobody")),
                "expired": dict(this=utc(-9), next=utc(-2)),
                "early": dict(this=utc(2), next=utc(9)),
                "bad date": dict(next=tlv(23, b"301301000000Z")),
                "critical": dict(exts=[("1.2.3.4", True, b"x")]),
                "delta": dict(exts=[("2.5.29.27", True, integer(1))]),
                "only authorities": dict(exts=[(idp, True, seq(
                    tlv(0x82, b"\xff")))]),
                "only attributes": dict(exts=[(idp, True, seq(
                    tlv(0x85, b"\xff")))]),
                "some reasons": dict(exts=[(idp, True, seq(
                    tlv(0x83, b"\6\x40")))]),
                "indirect": dict(exts=[(idp, True, seq(
                    tlv(0x84, b"\xff")))]),
                "elsewhere": dict(exts=[(idp, True, seq(tlv(0xA0, tlv(
                    0xA0, tlv(0x86, b"http://x/")))))]),
                "critical in an entry": dict(revoked=[seq(
                    integer(99), utc(-1), seq(x509.extension(
                        "1.2.3.4", True, b"x")))]),
                "revoked, with a reason": dict(revoked=[seq(
                    integer(3), utc(-1), seq(x509.extension(
                        "2.5.29.21", False, tlv(10, b"\1"))))]),
                "revoked in the future": dict(revoked=[seq(
                    integer(3), utc(3))]),
                "tail": dict(tail=x509.NULL),
                "unused bits": dict(unused=3),
        }.items():
            yield shown(label, lists(w, kind, **changed))
        placed = [leaf.having(("2.5.29.31", False, seq(seq(tlv(0xA0, tlv(
            0xA0, tlv(0x86, b"http://x/"))))))), inter]
        for label, control, place in (
                ("its place", True, tlv(0xA0, tlv(0x86, b"http://x/"))),
                ("its place among others", True, tlv(
                    0xA0, tlv(0x86, b"http://y/") +
                    tlv(0x86, b"http://x/"))),
                ("another place", False, tlv(0xA0, tlv(0x86, b"http://y/"))),
                ("a place cut short", False, tlv(
                    0xA0, b"\x86\x20http://x/"))):
            yield shown(label, [good[0].but(exts=[(idp, True, seq(
                tlv(0xA0, place)))]), good[1]], control, placed)
        for label, ext in (
                ("long number", ("1.2" + ".123456" * 20, True, b"x")),
                ("scope garbage", (idp, True, b"garbage")),
                ("scope of no length", (idp, True, b"\x30\x80\0\0"))):
            yield case("list", f"{kind} {label}", [leaf, inter], [root],
                       refused=True, crl=lists(w, kind, exts=[ext]))
        yield shown("inter revoked", [good[0], good[1].but(revoked=[2])])
        yield shown("inter's forged", [good[0], good[1].but(
            forge=FORGERIES["bit"])])
        yield shown("inter's expired", [good[0], good[1].but(
            this=utc(-9), next=utc(-2))])
        yield shown("inter's critical", [good[0], good[1].but(
            exts=[("1.2.3.4", True, b"x")])])
        yield shown("leaf's missing", good[1:])
        yield shown("of a forged leaf", good, chain=[leaf.but(
            alg=OIDS["unknown"], forge=FORGERIES["random"]), inter])
        yield shown("of a forged inter", good, chain=[leaf, inter.but(
            alg=OIDS["ml-dsa-65"])])
        yield shown("may not sign lists", lists(w, kind), chain=[
            leaf, inter.having(usage(x509.CERT_SIGN))])
        yield shown("root may not sign lists", lists(w, kind), anchors=[
            root.having(usage(x509.CERT_SIGN))])
        false = inter.but(key=stranger, signer=stranger)
        forged = good[0].but(signer=stranger)
        yield shown("forged, its maker shown", [forged, good[1]],
                    chain=[leaf, false, inter])
        yield shown("forged, its maker shown last", [forged, good[1]],
                    chain=[leaf, inter, false])


def self_answered(w, kind):
    """
    A pinned key that answers for itself, of which an authority's certificate
    is trusted: GnuTLS' word on the answer is not heard.
    """
    leaf = w.bases[kind][0]
    box = leaf.but(issuer=leaf.subject, signer=leaf.key).without(
        x509.AUTHORITY_KEY)
    older = box.having(basic(True), usage(x509.CERT_SIGN)).but(
        serial=integer(13))
    about, other = Statement(box, box), Statement(box, box,
                                                  serial=integer(77))
    revoked = Statement(box, box, x509.REVOKED)
    old = Statement(box, box, this=-9, next=-2)
    for label, statements, says in (
            ("good", [about], ""),
            ("good, after another", [other, about], ""),
            ("good, after others", [other, other, about, revoked], ""),
            ("revoked", [revoked], "revoked"),
            ("revoked, after another", [other, revoked],
             "was revoked by its issuer on 2"),
            ("old, after another", [other, old], "is too old (2"),
            ("unknown, after another", [other, Statement(
                box, box, x509.UNKNOWN)], "does not know"),
            ("of another serial", [other], "is on another certificate"),
            ("no statement", [], "is on another certificate")):
        yield case("answer", f"{kind} by itself: {label}", [box], [older],
                   pinned=True, accepted=not says, refused=bool(says),
                   says=says,
                   issuer=older, staple=Answer(
                       statements=statements, responder=box.subject,
                       signer=box.key))


def ocsp_answers(w):
    signing = purpose("1.3.6.1.5.5.7.3.9")
    for kind in TYPES:
        leaf, inter, root = w.bases[kind]
        stranger = w.key("other", kind)
        responder = leaf.but(subject=name("OCSP"), serial=integer(7),
                             key=w.key("ocsp", kind)).having(signing)
        about = Statement(leaf, inter)
        good = Answer(statements=[about], responder=inter.subject,
                      signer=inter.key)
        given = good.but(responder=responder.subject, signer=responder.key,
                         certs=[responder])

        def shown(label, answer, control=False, chain=None, **more):
            return case("answer", f"{kind} {label}", chain or [leaf, inter],
                        [root], control=control, staple=answer, **more)

        yield shown("good", good, True)
        yield shown("good, by its responder", given, True)
        other = Statement(leaf, inter, serial=integer(77))
        revoked = Statement(leaf, inter, x509.REVOKED)
        # GnuTLS itself refuses this one.
        yield shown("good, after another", good.but(
            statements=[other, about]))
        for label, algorithm in algorithms(kind):
            yield shown("algorithm " + label, good.but(alg=algorithm))
        for label, forge in FORGERIES.items():
            yield shown("signature " + label, good.but(forge=forge))
        old = Statement(leaf, inter, this=-9, next=-2)
        for label, changed in {
                "revoked": dict(statements=[revoked]),
                "revoked, after another": dict(statements=[other, revoked]),
                "revoked, before another": dict(statements=[revoked, other]),
                "unknown": dict(statements=[Statement(
                    leaf, inter, x509.UNKNOWN)]),
                "of another serial": dict(statements=[other]),
                "of another name": dict(statements=[Statement(
                    leaf, inter, name=b"x" * 20)]),
                "of another key": dict(statements=[Statement(
                    leaf, inter, key=b"x" * 20)]),
                "of no key": dict(statements=[Statement(
                    leaf, inter, key=b"", name=b"")]),
                "unknown hash": dict(statements=[Statement(
                    leaf, inter, hash=alg("1.2.3.4"))]),
                "old": dict(statements=[old]),
                "early": dict(statements=[Statement(leaf, inter, this=2,
                                                    next=9)]),
                "early, no end": dict(statements=[Statement(
                    leaf, inter, this=2, next=None)]),
                "no statement": dict(statements=[]),
                "by another": dict(signer=stranger),
                "critical": dict(exts=[("1.2.3.4", True, b"x")]),
                "critical in a statement": dict(statements=[Statement(
                    leaf, inter, exts=[("1.2.3.4", True, b"x")])]),
                "other kind": dict(kind="1.3.6.1.5.5.7.48.1.2"),
                "unused bits": dict(unused=3),
        }.items():
            yield shown(label, good.but(**changed))
        for days, control in (1, True), (14.9, True), (15.1, False):
            yield shown(f"{days} days old, no end", good.but(statements=[
                Statement(leaf, inter, this=-days, next=None)]), control,
                refused=not control)
        yield from self_answered(w, kind)
        for result in 1, 2, 3, 5, 6:
            yield shown(f"error {result}", good.but(result=result))
        for label, changed in {
                "no responder": dict(certs=[responder.without(x509.PURPOSE)]),
                "responder for servers": dict(certs=[responder.having(
                    purpose(x509.SERVER_AUTH))]),
                "responder expired": dict(certs=[responder.but(
                    before=utc(-9), after=utc(-2))]),
                "responder early": dict(certs=[responder.but(
                    before=utc(2))]),
                "responder of another": dict(certs=[responder.but(
                    signer=stranger)]),
                "responder of the root": dict(certs=[responder.but(
                    signer=root.key, issuer=root.subject).without(
                        x509.AUTHORITY_KEY)]),
                "responder of its own": dict(certs=[responder.but(
                    signer=responder.key, issuer=responder.subject).without(
                        x509.AUTHORITY_KEY)]),
                "responder of unknown algorithm": dict(certs=[responder.but(
                    alg=OIDS["unknown"], forge=FORGERIES["random"])]),
                "responder's signature": dict(certs=[responder.but(
                    forge=FORGERIES["bit"])]),
                "responder, critical": dict(certs=[responder.having(
                    ("1.2.3.4", True, b"x"))]),
                "responder, other key": dict(signer=stranger),
                "the server answers": dict(certs=[leaf], signer=leaf.key,
                                           responder=leaf.subject),
        }.items():
            yield shown(label, given.but(**changed))
        false = inter.but(key=stranger, signer=stranger)
        forged = good.but(signer=stranger)
        yield shown("by a false inter", forged, chain=[leaf, false, inter])
        yield shown("by a false inter, last", forged,
                    chain=[leaf, inter, false])


CHAINS = [broken_signatures, broken_times, broken_names, broken_links,
          broken_authorities, broken_leaves, broken_extensions,
          name_constraints, revocation_lists, ocsp_answers]


# How a chain is shown.


def write(path, data):
    with open(path, "wb") as out:
        out.write(data if isinstance(data, bytes) else data.encode())
    return path


class Shown:
    """A case in files."""

    def __init__(self, w, number, c):
        self.case, self.number = c, number
        self.base = os.path.join(w.dir, f"{number:05d}")
        self.ders = [x.der() for x in c.chain]
        self.files = [write(f"{self.base}.{i}.der", der)
                      for i, der in enumerate(self.ders)]
        self.leaf = write(self.base + ".leaf", pem(self.ders[0]))
        # openssl wants one at least.
        self.rest = write(self.base + ".rest", "".join(
            map(pem, self.ders[1:] or self.ders)))
        self.anchors = write(self.base + ".ca", "".join(
            pem(x.der()) for x in c.anchors))
        self.host = c.more.get("host", HOST)
        self.crl = self.staple = None
        if "crl" in c.more:
            self.crl = write(self.base + ".crl", "".join(
                pem(x.der(), "X509 CRL") for x in c.more["crl"]))
        if "staple" in c.more:
            self.staple = write(self.base + ".ocsp", c.more["staple"].der())

    def openssl(self, anchors, *more):
        """The errors that openssl finds, as (number, depth, words)."""
        named = "-verify_ip" if re.match(r"[\d.]+$|.*:", self.host) else \
            "-verify_hostname"
        done = subprocess.run(
            ["openssl", "verify", "-purpose", "sslserver", "-auth_level",
             "1", "-partial_chain", "-no-CApath", "-no-CAstore", "-CAfile",
             anchors, "-untrusted", self.rest, named, self.host, *more,
             self.leaf],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = done.stdout.decode(errors="replace")
        if done.returncode == 0:
            return set()
        found = set(re.findall(
            r"error (\d+) at (\d+) depth lookup: ?(.*)", text))
        return {(int(n), int(d), words) for n, d, words in found} or \
            {(0, 0, "unreadable: " + " ".join(text.split()[-12:]))}

    def refused(self):
        """Why openssl refuses the chain, and what says if it was revoked."""
        more = ()
        if self.crl:
            more = "-crl_check_all", "-CRLfile", self.crl
        found = self.openssl(self.anchors, *more)
        if self.staple:
            found |= self.openssl_ocsp()
        return found

    def openssl_ocsp(self):
        issuer = write(self.base + ".issuer", pem(
            self.case.more.get("issuer", self.case.chain[-1]).der()))
        done = subprocess.run(
            ["openssl", "ocsp", "-respin", self.staple, "-issuer", issuer,
             "-cert", self.leaf, "-CAfile", self.anchors, "-no-CApath",
             "-no-CAstore", "-verify_other", issuer, "-no_nonce"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        text = done.stdout.decode(errors="replace")
        if "Response verify OK" in text and "WARNING" not in text and \
                re.search(r"\.leaf: good$", text, re.M):
            return set()
        return {(0, 0, "OCSP: " + " ".join(text.split())[:200])}

    def job(self, **more):
        words = {"chain": ",".join(self.files), "key": self.case.key.path,
                 "host": self.host,
                 "version": VERSIONS[self.number % len(VERSIONS)]}
        if self.crl:
            words["crl"] = self.crl
        if self.staple:
            words["staple"] = self.staple
        if "pinned" in self.case.more:
            words["pin"] = self.case.key.pin
        if "priority" in self.case.more:
            words["priority"] = self.case.more["priority"]
        words.update(more)
        return "\t".join(f"{n}={v}" for n, v in words.items())


# What is to be found out.

FORMS = "ca", "system", "pin", "known", "first"
ANCHORED = "ca", "system", "auto", "require"


class Run:
    """All cases in all forms, one process of MEET for each form."""

    def __init__(self, meet, w, word):
        self.meet, self.w = meet, w
        self.strangers = write(os.path.join(w.dir, "strangers.pem"),
                               pem(w.base("strangers", "rsa", "rsa",
                                          "rsa")[2].but(
                                   subject=name("Strangers"),
                                   issuer=name("Strangers")).der()))
        self.shown = []
        for make in CHAINS:
            for c in make(w):
                if word in f"{c.group}: {c.label}":
                    self.shown.append(Shown(w, len(self.shown), c))

    def ask(self, jobs):
        """Answers (accepted, ticket, message), one a job."""
        # GnuTLS 3.7 forgets parts of name constraints that are broken.
        options = os.environ.get("ASAN_OPTIONS", "") + ":detect_leaks=0"
        done = subprocess.run([self.meet], stdout=subprocess.PIPE,
                              input="".join(j + "\n" for j in jobs).encode(),
                              env=dict(os.environ, ASAN_OPTIONS=options),
                              check=True)
        out = []
        for line in done.stdout.decode(errors="replace").splitlines():
            verdict, _, ticket, message = line.split("\t")
            out.append((verdict == "accepted", ticket == "1", message))
        assert len(out) == len(jobs)
        return out

    def known(self, s):
        """A known_servers that has the key of the server."""
        host = f"[{s.host}]" if ":" in s.host else s.host
        return write(s.base + ".known", f"{host}:21 {s.case.key.pin}\n")

    def job(self, s, form):
        if form == "ca":
            return s.job(ca=s.anchors)
        if form == "system":
            return s.job(system=s.anchors)
        if form == "pin":
            return s.job(ca=self.strangers, pin=s.case.key.pin)
        if form == "known":
            return s.job(ca=self.strangers, known=self.known(s))
        if form == "require":
            return s.job(ca=s.anchors, ocsp="require")
        return s.job(ca=s.anchors, known=s.base + ".new")

    def forms(self, s):
        if s.staple:
            return "auto", "require"
        return ("ca", "pin") if s.crl else FORMS

    def meetings(self):
        """(case, form, answer of ours, errors of openssl's)"""
        asked = [(s, form) for s in self.shown for form in self.forms(s)]
        jobs = [self.job(s, form) for s, form in asked]
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            halves = [pool.submit(self.ask, jobs[i::2]) for i in (0, 1)]
            errors = list(pool.map(Shown.refused, self.shown))
            answers = [None] * len(jobs)
            answers[::2], answers[1::2] = (h.result() for h in halves)
            # Where the key is trusted, openssl is to trust the leaf as such.
            trusting = {s.number: s for (s, form), answer in
                        zip(asked, answers)
                        if form not in ANCHORED and answer[0]}
            trusted = dict(zip(trusting, pool.map(
                lambda s: s.openssl(s.leaf), trusting.values())))
        for (s, form), answer in zip(asked, answers):
            yield s, form, answer, errors[s.number] \
                if form in ANCHORED else trusted.get(s.number, set())


def excuse(form, s, found):
    """The entries of LENIENT that allow all of it; None if they don't."""
    used = set()
    for number, depth, words in found:
        rows = [i for i, row in enumerate(LENIENT) if
                re.fullmatch(row.forms, form) and
                re.match(row.case, f"{s.case.group}: {s.case.label}") and
                re.search(row.words, f"{depth}: {words}")]
        if not rows:
            return None
        used.update(rows)
    return used


class Report:
    """TAP."""

    def __init__(self):
        self.n = self.failed = 0

    def say(self, good, what, complaints=()):
        self.n += 1
        self.failed += not good
        print(f"{'' if good else 'not '}ok {self.n} - {what}")
        for line in complaints:
            print("# " + line)
        sys.stdout.flush()


def complaint(s, form, answer, found, used):
    """What is wrong with an answer of ours, or None."""
    accepted, ticket, message = answer
    trusted = s.case.more.get("trusted")
    if form not in ANCHORED and trusted is not None and trusted != accepted:
        return f"{answer}, though the key is trusted"
    if form in ANCHORED and s.case.more.get("accepted") and not accepted:
        return f"refused, though it is allowed: {message}"
    if accepted and form in ANCHORED and s.case.more.get("refused"):
        return "accepted"
    if accepted:
        excused = excuse(form, s, found)
        if excused is None:
            return f"accepted, but {sorted(found)}"
        used |= excused
        return None
    if s.case.control and form in ANCHORED and not found:
        return f"refused: {message}"
    if ticket or form == "first" and os.path.exists(s.base + ".new"):
        return "refused, but something was stored"
    if form in ANCHORED and s.case.more.get("says", "") not in message:
        return f"refused for another reason: {message}"
    # A reason, not just where it would have to stand.
    if not re.search(r"[\w)\"'=?+/]$", message) or \
            len(message) < 20 or form == "pin" and "use --cacert" in message:
        return f"refused without a reason: {message!r}"
    return None


def report_chains(run, report, verbose):
    groups, used = collections.OrderedDict(), set()
    broken = collections.Counter()
    for s, form, answer, found in run.meetings():
        bad, counts = groups.setdefault((s.case.group, form),
                                        ([], collections.Counter()))
        counts["accepted" if answer[0] else "refused"] += 1
        broken[form] += bool(found)
        wrong = complaint(s, form, answer, found, used)
        if wrong:
            bad.append(f"{s.case.label}: {wrong}")
        if verbose:
            print(f"# {s.case.group}, {s.case.label}, {form}: {answer} "
                  f"{sorted(found)}")
    for (group, form), (bad, counts) in groups.items():
        numbers = ", ".join(f"{n} {what}" for what, n in counts.items())
        report.say(not bad, f"{group} ({form}): {numbers}", bad)
    return broken, used


# Data connections.


def data_cases(w):
    """(label, chain of the data connection, its key, resumed, accepted)"""
    leaf, inter, root = w.bases["ec"]
    other = leaf.but(key=w.key("other", "ec"), serial=integer(5))
    stranger = w.key("stranger", "ec")
    again = leaf.but(serial=integer(6))
    for resume in "no", "yes":
        yes = resume == "yes"
        yield f"the same, {resume}", [leaf, inter], leaf.key, resume, True
        yield f"changed chain, {resume}", [leaf, root], leaf.key, resume, True
        yield f"no chain, {resume}", [leaf], leaf.key, resume, True
        yield f"another leaf, {resume}", [other, inter], other.key, resume, yes
        yield f"same key, {resume}", [again, inter], leaf.key, resume, yes
        yield f"its issuer, {resume}", [inter, root], inter.key, resume, yes
        yield f"another signature, {resume}", [leaf.but(
            forge=FORGERIES["bit"]), inter], leaf.key, resume, yes
        yield f"its leaf behind another, {resume}", [other, leaf], \
            other.key, resume, yes
        # Who does not hold the key shows the certificate in vain.
        yield f"not its key, {resume}", [leaf, inter], stranger, resume, yes


def report_data(run, report):
    w = run.w
    leaf, inter, root = w.bases["ec"]
    good = Shown(w, 99990, case("data", "good", [leaf, inter], [root]))
    jobs, wanted = [], []
    for label, chain, key, resume, accepted in data_cases(w):
        shown = Shown(w, 99991 + len(jobs), case("data", label, chain,
                                                 [root]))
        for version in VERSIONS:
            for trust in dict(ca=good.anchors), dict(
                    ca=run.strangers, pin=leaf.key.pin):
                jobs.append(good.job(
                    data=",".join(shown.files), datakey=key.path,
                    resume=resume, **dict(trust, version=version)))
                wanted.append((f"{label}, TLS {version}, {list(trust)[-1]}",
                               accepted))
    bad = []
    for (label, accept), (accepted, ticket, message) in zip(
            wanted, run.ask(jobs)):
        if accept != accepted:
            bad.append(f"{label}: {'not ' * accept}accepted {message}")
        elif ticket and not accepted:
            bad.append(f"{label}: a ticket was kept")
    report.say(not bad, f"data connections: {len(jobs)}", bad)


def main(meet, *args):
    verbose = "-v" in args
    word = " ".join(a for a in args if a != "-v")
    report = Report()
    with tempfile.TemporaryDirectory() as directory:
        run = Run(meet, World(directory), word)
        broken, used = report_chains(run, report, verbose)
        report_data(run, report)
    if not word:
        for form in "ca", "system":
            report.say(broken[form] >= 300,
                       f"{broken[form]} broken chains ({form})")
        idle = [row.reason for i, row in enumerate(LENIENT) if i not in used]
        report.say(not idle, "every leniency was wanted", idle)
    print(f"1..{report.n}")
    return 1 if report.failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
