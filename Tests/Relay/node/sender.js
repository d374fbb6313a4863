// A sender over `ws` and `https`: sends messages and compares their echoes, then posts bodies and compares the answers.
'use strict';

const { readFileSync } = require('fs');
const https = require('https');
const WebSocket = require('ws');

const settings = JSON.parse(readFileSync(0));
const report = (event, more) => console.log(JSON.stringify({ event, ...more }));
const lookup = (host, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);

const url = `${settings.url}&sb-hc-token=${encodeURIComponent(settings.token)}`;
const socket = new WebSocket(url, { lookup });
const waiting = [...settings.messages];

socket.on('open', () => socket.send(waiting[0]));
socket.on('unexpected-response', (request, response) => {
  report('refused', { status: response.statusCode, reason: response.statusMessage });
  request.destroy();
});
socket.on('error', (error) => report('error', { text: String(error) }));
socket.on('message', (data) => {
  report('echo', { same: String(data) === waiting.shift() });
  if (waiting.length) socket.send(waiting[0]);
  else socket.close(1000);
});
socket.on('close', (code) => {
  report('closed', { code });
  post([...settings.requests]);
});

const agent = new https.Agent({ keepAlive: true, maxSockets: 1, lookup });

function post(sizes) {
  if (!sizes.length) {
    agent.destroy();
    return;
  }
  const body = Buffer.alloc(sizes.shift(), 'z');
  const headers = { ServiceBusAuthorization: settings.token };
  const request = https.request(settings.httpUrl, { method: 'POST', agent, lookup, headers });
  request.on('response', (response) => {
    const chunks = [];
    response.on('data', (chunk) => chunks.push(chunk));
    response.on('end', () => {
      report('answer', { status: response.statusCode, same: Buffer.concat(chunks).equals(body) });
      post(sizes);
    });
  });
  request.on('error', (error) => report('error', { text: String(error) }));
  request.end(body);
}
