// A listener over `ws`: echoes connections and requests. One JSON line on the standard output for each event.
'use strict';

const { readFileSync } = require('fs');
const WebSocket = require('ws');

const settings = JSON.parse(readFileSync(0));
const report = (event, more) => console.log(JSON.stringify({ event, ...more }));
// Names below localhost are loopback.
const lookup = (host, options, done) =>
  options.all ? done(null, [{ address: '127.0.0.1', family: 4 }]) : done(null, '127.0.0.1', 4);

const control = new WebSocket(settings.url, { headers: { ServiceBusAuthorization: settings.token }, lookup });
let announced = null;

control.on('open', () => report('listening'));
control.on('close', (code, reason) => report('closed', { code, reason: String(reason) }));
control.on('error', (error) => report('error', { text: String(error) }));
control.on('message', (data, isBinary) => {
  if (announced) {
    const request = announced;
    announced = null;
    answer(control, request, data);
    return;
  }
  if (isBinary) return;
  const message = JSON.parse(data);
  if (message.accept) accept(message.accept);
  else if (message.request) receive(message.request);
});

function accept(accepted) {
  if (new URL(accepted.address).pathname.endsWith('/reject')) {
    // The old names, as published Node listeners have them.
    const text = encodeURIComponent('not today');
    const refusal = new WebSocket(`${accepted.address}&statusCode=403&statusDescription=${text}`, { lookup });
    refusal.on('error', () => {});
    return;
  }
  const offered = Object.entries(accepted.connectHeaders).find(([name]) => name.toLowerCase() === 'sec-websocket-protocol');
  const protocol = offered ? offered[1].split(/, */)[0] : undefined;
  const headers = ['Sec-WebSocket-Extensions: x'];
  const socket = new WebSocket(accepted.address, protocol, { lookup, perMessageDeflate: false, headers });
  socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
  socket.on('error', (error) => report('error', { text: String(error) }));
}

function receive(request) {
  if (request.method) {
    if (request.body) announced = request;
    else answer(control, request, Buffer.alloc(0));
    return;
  }
  const socket = new WebSocket(request.address, { lookup, perMessageDeflate: false });
  let whole = null;
  socket.on('message', (data) => {
    if (whole) {
      answer(socket, whole, data);
      return;
    }
    whole = JSON.parse(data).request;
    if (!whole.body) answer(socket, whole, Buffer.alloc(0));
  });
  socket.on('error', (error) => report('error', { text: String(error) }));
}

// Small answers go where the request came; large ones to a rendezvous. An empty body is announced and sent, but not for HEAD,
// after which a stray empty message follows.
function answer(channel, request, body) {
  const isHead = request.method === 'HEAD';
  const response = {
    response: {
      requestId: request.id, statusCode: 200, statusDescription: 'OK', body: !isHead,
      responseHeaders: { 'X-Target': request.requestTarget, 'X-Method': request.method },
    },
  };
  const write = (socket) => {
    socket.send(JSON.stringify(response));
    socket.send(isHead ? Buffer.alloc(0) : body, { binary: true });
  };
  if (channel === control && body.length > 60000) {
    const socket = new WebSocket(request.address, { lookup, perMessageDeflate: false });
    socket.on('open', () => write(socket));
    socket.on('error', (error) => report('error', { text: String(error) }));
  } else {
    write(channel);
  }
}
