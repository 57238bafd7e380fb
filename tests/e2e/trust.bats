# SPDX-License-Identifier: GPL-3.0-or-later
# First use, bad certificates, revocation lists, certificates of our own.

load lib

# pin_of CERTIFICATE
pin_of() {
	printf 'sha256//'
	openssl x509 -in "$1" -noout -pubkey |
	    openssl pkey -pubin -outform DER | openssl dgst -sha256 -binary |
	    openssl base64
}

other_pin=sha256//AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=

# only_with KIND...: what other servers cannot do
only_with() {
	case " $* " in
	*" $SRV_KIND "*) ;;
	*) skip "$SRV_KIND demands no client certificate" ;;
	esac
}

@test "first use: kept with a note, then known, then changed" {
	local known=$T/home/.local/state/ftps/known_servers pin

	pin=$(pin_of "$E2E_WORK/server.crt")
	CA= expect 0 ftps -o trust=tofu "$SITE" nlist
	has_line "$err" "$pin"
	[ "$(cat "$known")" = "$AUTHORITY $pin" ]
	[ "$(stat -c %a "$known")" = 600 ]
	# pyftpdlib now and then ends an empty list without close_notify.
	CA= expect 0 ftps -o trust=tofu "$SITE" pwd
	[ ! -s "$err" ] || { cat "$err"; false; }

	sed -i "s|sha256.*|$other_pin|" "$known"
	CA= expect 4 ftps -o trust=tofu "$SITE" nlist
	has_line "$err" "$pin"
	has_line "$err" "$other_pin"
	has_line "$err" "known_servers:1"
	# whoever vouches for the new key
	expect 4 ftps -o trust=tofu "$SITE" nlist
	[ "$(cat "$known")" = "$AUTHORITY $other_pin" ]
	# without tofu the file says nothing
	expect 0 site nlist
}

@test "pin: what openssl makes of the certificate" {
	CA= expect 0 site pin
	has_line "$out" "$(pin_of "$E2E_WORK/server.crt")"
	has_line "$err" "compare the pin"
	expect 0 site pin
	[ ! -s "$err" ] || { cat "$err"; false; }
}

@test "first use: not unless asked for, nor by a damaged file" {
	local known=$T/home/.local/state/ftps/known_servers

	CA= expect 4 site nlist
	[ ! -e "$known" ]
	mkdir -p "${known%/*}"
	echo "$AUTHORITY" >"$known"
	CA= expect 4 ftps -o trust=tofu "$SITE" nlist
	has_line "$err" "known_servers:1"
}

@test "first use: many connections keep one key" {
	mkdir -p "$L/tree"
	for i in 1 2 3 4 5 6 7 8 9 10 11 12; do
		echo "$i" >"$L/tree/$i"
	done
	CA= expect 0 ftps -o trust=tofu -j 4 "$SITE" mirror -R tree tree
	[ "$(wc -l <"$T/home/.local/state/ftps/known_servers")" = 1 ]
	[ "$(grep -c 'trusted from now on' "$err")" = 1 ]
}

@test "first use: a warning event" {
	CA= expect 0 ftps --json -o trust=tofu "$SITE" nlist
	json "$out" 'any("trusted from now on" in e["message"]
	    for e in of("warning"))'
}

@test "an expired certificate, whatever vouches for it" {
	own cert=expired
	expect 4 site nlist
	has_line "$err" "expired 3 days ago"
	expect 4 ftps --pin "$(pin_of "$SRV_CERT")" "$SITE" nlist
	has_line "$err" "expired 3 days ago"
	expect 4 ftps -o trust=tofu "$SITE" nlist
	[ ! -e "$T/home/.local/state/ftps/known_servers" ]
}

@test "a certificate for another name" {
	own cert=wrong-name
	expect 4 site nlist
	has_line "$err" "certificate is for other.example, not for 127.0.0.1"
	expect 4 ftps --pin "$(pin_of "$SRV_CERT")" "$SITE" nlist
	expect 0 ftps -o tls-server-name=other.example "$SITE" nlist
	expect 0 ftps -o trust=tofu "$SITE" nlist
}

@test "a self-signed certificate needs a pin" {
	own cert=self-signed
	expect 4 site nlist
	has_line "$err" "$(pin_of "$SRV_CERT")"
	expect 0 ftps --pin "$(pin_of "$SRV_CERT")" "$SITE" nlist
	expect 4 ftps --pin "$other_pin" "$SITE" nlist
}

@test "a revocation list" {
	own
	cp -r "$OWN/tls" "$T/tls"
	sed -i "s|$OWN/tls|$T/tls|" "$T/tls/good.cnf"
	ca="openssl ca -config $T/tls/good.cnf -cert $T/tls/ca.pem
	    -keyfile $T/tls/ca.key -crldays 3"
	$ca -gencrl -out "$T/crl" 2>"$T/openssl"
	chmod 644 "$T/crl"
	expect 0 ftps -o crl-file="$T/crl" "$SITE" nlist
	$ca -revoke "$SRV_CERT" 2>>"$T/openssl"
	$ca -gencrl -out "$T/crl" 2>>"$T/openssl"
	expect 4 ftps -o crl-file="$T/crl" "$SITE" nlist
	has_line "$err" revoked
	expect 1 ftps -o crl-file="$T/crl" "$SITE" doctor
	grep -q '^FAIL  *trust .*revoked' "$out" || { cat "$out"; false; }
	has_line "$out" 'not tested login'
	expect 2 ftps -o crl-file="$CA" "$SITE" nlist
}

@test "no stapled OCSP answer where one is required" {
	expect 4 ftps -o ocsp=require "$SITE" nlist
	has_line "$err" "OCSP"
}

@test "a client certificate, on control and data" {
	only_with proftpd vsftpd
	own clientcert
	expect 4 site nlist
	has_line "$err" "asks for a client certificate"
	client_certificate me
	expect 0 ftps --cert "$T/me.crt" --key "$T/me.key" "$SITE" nlist
	echo content >"$L/file"
	expect 0 ftps --cert "$T/me.crt" --key "$T/me.key" -c \
	    'put file; cat file' "$SITE"
	has_line "$out" content
	# one that the server does not know
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
	    -subj /CN=me -keyout "$T/me.key" -out "$T/me.crt" 2>"$T/openssl"
	chmod 600 "$T/me.key"
	expect 4 ftps --cert "$T/me.crt" --key "$T/me.key" "$SITE" nlist
	has_line "$err" "client certificate"
}

@test "a client certificate in PKCS#12, with its password" {
	only_with proftpd vsftpd
	own clientcert
	client_certificate me
	openssl pkcs12 -export -in "$T/me.crt" -inkey "$T/me.key" \
	    -passout pass:secret -out "$T/me.p12"
	chmod 600 "$T/me.p12"
	echo secret >"$T/pw"
	chmod 600 "$T/pw"
	expect 2 ftps --cert "$T/me.p12" "$SITE" nlist
	expect 0 ftps --cert "$T/me.p12" -o key-password="file:$T/pw" \
	    "$SITE" nlist
	expect 0 ftps --cert "$T/me.p12" \
	    -o key-password="command:cat $T/pw" "$SITE" nlist
	has_no_line "$err" secret
}

@test "a client certificate that cannot do is named before connecting" {
	own
	client_certificate me
	client_certificate old '-3 days'
	chmod 644 "$T/me.key"
	expect 2 ftps --cert "$T/me.crt" --key "$T/me.key" "$SITE" nlist
	has_line "$err" "chmod 600"
	expect 2 ftps --cert "$T/me.crt" --key "$T/missing" "$SITE" nlist
	has_line "$err" missing
	# refused before it is tried: there is no such server
	expect 4 ftps --cert "$T/old.crt" --key "$T/old.key" \
	    "ftp://$SRV_USER@127.0.0.1:9" nlist
	has_line "$err" "old.crt: certificate expired 3 days ago"
}
