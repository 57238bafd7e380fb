#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# test_trust.sh DIR: certificates, keys, revocation lists and OCSP answers for
# test_trust, made in DIR by openssl.  NAME.crt, .key: good, revoked, staple
# (wants a stapled answer), soon (expires in a week), all by ca and for
# nas.example; listed (names where its revocation list is), names-5, names-6
# (with so many names); self (self-signed), twin (the same, another key), box
# (the same, with a name that no host has), client, client-soon, client-old;
# curve (client with a key on a curve that nobody knows); forged-N: names ca as
# its issuer, with a signature of a kind that nobody knows.
set -eu

cd "$1"
exec >log 2>&1
umask 077

date_at() {
	date -u -d "$1" +%Y%m%d%H%M%SZ
}

cat >cnf <<C
[req]
distinguished_name = dn
[dn]
[ca]
default_ca = it
[it]
database = index
new_certs_dir = .
rand_serial = yes
default_md = sha256
unique_subject = no
policy = any
[any]
organizationName = supplied
commonName = supplied
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign,digitalSignature
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
subjectAltName = DNS:nas.example
extendedKeyUsage = serverAuth
[staple]
basicConstraints = critical,CA:FALSE
subjectAltName = DNS:nas.example
tlsfeature = status_request
[listed]
basicConstraints = critical,CA:FALSE
subjectAltName = DNS:nas.example
crlDistributionPoints = URI:http://ca.example/1.crl
authorityInfoAccess = OCSP;URI:http://ca.example/ocsp
[names-5]
subjectAltName = DNS:a,IP:192.0.2.7,IP:2001:db8::7,DNS:192.0.2.8,DNS:e
[names-6]
subjectAltName = DNS:a,DNS:b,DNS:c,email:x@d,DNS:d,DNS:e,DNS:f
[at-1]
issuingDistributionPoint = critical,@point-1
[point-1]
fullname = URI:http://ca.example/1.crl
[at-2]
issuingDistributionPoint = critical,@point-2
[point-2]
fullname = URI:http://ca.example/2.crl
[at-both]
issuingDistributionPoint = critical,@point-both
[point-both]
fullname = URI:http://ca.example/2.crl,URI:http://ca.example/1.crl
onlyuser = TRUE
[of-cas]
issuingDistributionPoint = critical,@cas
[cas]
onlyCA = TRUE
[of-users]
issuingDistributionPoint = critical,@users
[users]
onlyuser = TRUE
[of-keys]
issuingDistributionPoint = critical,@keys
[keys]
onlysomereasons = keyCompromise
[of-nothing]
2.5.29.28 = critical,DER:0500
[strange]
1.2.3.4 = critical,DER:0500
[odd]
1.2.3.4 = DER:0500
[box]
basicConstraints = critical,CA:FALSE
[client]
basicConstraints = critical,CA:FALSE
extendedKeyUsage = clientAuth
C

# request NAME KEY-TYPE SUBJECT [OPTION]...
request() {
	name=$1 type=$2 subject=$3
	shift 3
	openssl req -config cnf -new -newkey $type -nodes -subj "$subject" \
	    -keyout "$name.key" "$@"
}
ec="ec -pkeyopt ec_paramgen_curve:P-256"

# authority NAME SUBJECT: RSA, so that signatures have one size
authority() {
	request "$1" rsa:2048 "$2" -x509 -days 30 -extensions root \
	    -out "$1.crt"
}

# issue NAME EXTENSIONS [FROM [TO]]
issue() {
	request "$1" "$ec" "/O=Home/CN=$1" -out csr
	openssl ca -batch -config cnf -cert ca.crt -keyfile ca.key \
	    -startdate "$(date_at "${3:--1 day}")" \
	    -enddate "$(date_at "${4:-+30 days}")" -extensions "$2" \
	    -notext -in csr -out "$1.crt"
}

# edit NAME AS SCRIPT: what sed makes of the bytes of a certificate
edit() {
	openssl x509 -in "$1.crt" -outform DER | LC_ALL=C sed "$3" |
	    openssl base64 >body
	{
		echo "-----BEGIN CERTIFICATE-----"
		cat body
		echo "-----END CERTIFICATE-----"
	} >"$2.crt"
}

# crl NAME CA [FROM [TO]]
crl() {
	openssl ca -config cnf -cert "$2.crt" -keyfile "$2.key" -gencrl \
	    -crl_lastupdate "$(date_at "${3:--1 day}")" \
	    -crl_nextupdate "$(date_at "${4:-+7 days}")" -out "$1.crl" \
	    ${5:+-crlexts "$5"}
}

# answer NAME CERT SIGNER
answer() {
	openssl ocsp -index index -CA ca.crt -issuer ca.crt -cert "$2.crt" \
	    -rsigner "$3.crt" -rkey "$3.key" -resp_no_certs -ndays 7 \
	    -respout "$1.ocsp"
}

: >index
authority ca "/O=Home/CN=Trust CA"
authority forger "/O=Home/CN=Trust CA"
authority other "/CN=Other CA"
issue good server
issue revoked server
issue staple staple
issue listed listed
issue names-5 names-5
issue names-6 names-6
issue soon server '-1 day' '+7 days +1 hour'
issue client client
issue client-soon client '-1 day' '+25 hours'
issue client-old client '-9 days' '-3 days'
for name in self twin; do
	request $name "$ec" "/CN=$name" -x509 -days 30 -extensions server \
	    -out $name.crt
done
request box "$ec" "/CN=NAS box 5" -x509 -days 30 -extensions box -out box.crt
# The OID of sha256WithRSAEncryption becomes ...1.1.127 (nobody's), 1.1.1
# (rsaEncryption, no signature), or 1.1.7 (OAEP).
n=0
for last in '\x7f' '\x01' '\x07'; do
	n=$((n + 1))
	edit good forged-$n \
	    "s/\(\x2a\x86\x48\x86\xf7\x0d\x01\x01\)\x0b/\1$last/g"
	cp good.key forged-$n.key
done
# And that of P-256 nobody's.
edit client curve "s/\(\x2a\x86\x48\xce\x3d\x03\x01\)\x07/\1\x7f/"
cp index index.before
openssl ca -config cnf -cert ca.crt -keyfile ca.key -revoke revoked.crt

crl ca ca
crl old ca '-9 days' '-2 days'
crl early ca '+2 days' '+9 days'
crl forged forger
crl other other
cat ca.crl other.crl >both.crl
for name in at-1 at-2 at-both of-cas of-users of-keys of-nothing strange odd; do
	crl $name ca '' '' $name
done

answer good good ca
answer revoked revoked ca
answer staple staple ca
answer forged good forger
# An error (tryLater): SEQUENCE { ENUMERATED 3 }
printf '0\003\n\001\003' >error.ocsp

openssl pkcs8 -topk8 -in client.key -passout pass:secret -out enc.key
openssl ec -in client.key -aes128 -passout pass:secret -out old-style.key
cat client.crt client.key >both.pem
cat ca.crt client.crt client.key >ca-first.pem
openssl x509 -in client.crt -outform DER -out client.der
openssl pkey -in client.key -outform DER -out key.der
chmod 644 client.der
openssl pkcs12 -export -in client.crt -inkey client.key -certfile ca.crt \
    -passout pass:secret -out client.p12
openssl pkcs12 -export -in client.crt -inkey client.key \
    -passout pass: -out open.p12
openssl pkcs12 -export -in client.crt -nokeys -passout pass: -out nokey.p12
for n in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do
	cat client.crt
done >many.crt
openssl pkcs12 -export -nocerts -inkey client.key -in client.key \
    -passout pass:secret -out no-cert.p12
# Of a cipher that GnuTLS does not know here
openssl pkcs12 -export -in client.crt -inkey client.key \
    -keypbe camellia-128-cbc -passout pass:secret -out odd.p12
dd if=/dev/zero of=large.key bs=1024 count=1025
# Begins as PKCS#12 does, and is as large as a file may be.
{
	printf 0
	dd if=/dev/zero bs=1024 count=1023
	dd if=/dev/zero bs=1023 count=1
} >largest.p12
mkfifo fifo
printf 'secret\n' >pw
printf 'wrong\n' >pw-wrong
