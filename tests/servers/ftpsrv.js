// SPDX-License-Identifier: GPL-3.0-or-later
// ftpsrv.js HOST PORT FIRST LAST DIR PEM CLIENTS UID GID MODE...: serve DIR by
// ftp-srv, which is found in $NODE_PATH, as user UID.
//
// FIRST-LAST are the passive ports, PEM holds key and certificate, CLIENTS is
// how many may come.  A MODE is "implicit" or "tls12".  The user is test, the
// password comes in $PASSWORD.
'use strict';

const fs = require('fs');
const FtpSrv = require('ftp-srv');

// These two load the rest of it when they are called first: now, while its
// files can still be read.
for (const name of ['feat', 'help']) {
  const {handler} = require(`ftp-srv/src/commands/registration/${name}`);
  handler.call({reply: () => Promise.resolve()}, {command: {}});
}

const [host, port, first, last, root, pem, clients, uid, gid, ...modes] =
  process.argv.slice(2);
const secret = process.env.PASSWORD;
delete process.env.PASSWORD;

// All of bunyan that it asks for.
const log = {child: () => log};
for (const level of ['trace', 'debug', 'info', 'warn', 'error']) {
  log[level] = (...what) => {
    if (level !== 'trace') console.log(level, ...what);
  };
}

const server = new FtpSrv({
  url: `${modes.includes('implicit') ? 'ftps' : 'ftp'}://${host}:${port}`,
  pasv_url: host,
  pasv_min: Number(first),
  pasv_max: Number(last),
  tls: {
    key: fs.readFileSync(pem),
    cert: fs.readFileSync(pem),
    maxVersion: modes.includes('tls12') ? 'TLSv1.2' : 'TLSv1.3',
  },
  log,
});
server.server.maxConnections = Number(clients);
server.on('client-error', () => {});
server.on('login', ({username, password}, resolve, reject) => {
  if (username === 'test' && password === secret) resolve({root});
  else reject(new Error('no such user or password'));
});
process.on('uncaughtException', (error) => console.log(error));
process.umask(0o022);
server.listen().then(() => {
  if (process.getuid() === 0) {
    process.setgroups([]);
    process.setgid(Number(gid));
    process.setuid(Number(uid));
  }
});
