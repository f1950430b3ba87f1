#!/bin/sh
# Makes the authority and the server's certificate of tests/it/tls.rs, good from 2020 to 2120. The key is for the
# loopback only and protects nothing.
set -eu
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
touch "$work/index.txt"
cat > "$work/ca.cnf" <<CONFIG
[ca]
default_ca = here
[here]
database = $work/index.txt
new_certs_dir = $work
default_md = sha256
rand_serial = yes
policy = any
default_startdate = 20200101000000Z
default_enddate = 21200101000000Z
[any]
commonName = supplied
[authority]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
subjectAltName = DNS:gitlab.internal, IP:127.0.0.1
CONFIG
request() { # name, common name
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$1" -subj "/CN=$2" -out "$work/request"
}
sign() { openssl ca -batch -notext -config "$work/ca.cnf" -keyfile "$work/ca.key" -in "$work/request" "$@"; }
request "$work/ca.key" 'cml test authority'
sign -selfsign -extensions authority -out ca.pem
request server.key gitlab.internal
sign -cert ca.pem -extensions server -out server.pem
