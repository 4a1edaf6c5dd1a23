/**
 * A mail server on the loopback of a network namespace that takes every mail, for mail-sink.test.ts. Prints its port, and
 * writes each mail as a line of JSON to the file it is given.
 */
import { appendFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';

const [file = ''] = process.argv.slice(2);

createServer((socket) => talk(socket)).listen(0, '127.0.0.1', function (this: { address(): unknown }) {
  console.log((this.address() as AddressInfo).port);
});

function talk(socket: Socket): void {
  let from = '';
  let to: string[] = [];
  let text: string[] | undefined;
  let rest = '';
  const say = (line: string) => socket.write(`${line}\r\n`);
  const hear = (line: string): void => {
    if (text) {
      if (line !== '.') text.push(line.startsWith('.') ? line.slice(1) : line);
      else {
        appendFileSync(file, `${JSON.stringify({ from, to, text: text.join('\n') })}\n`);
        text = undefined;
        say('250 taken');
      }
      return;
    }
    const [verb = ''] = line.toUpperCase().split(/[ :]/);
    const path = /<([^>]*)>/.exec(line)?.[1] ?? '';
    if (verb === 'MAIL') [from, to] = [path, []];
    if (verb === 'RCPT') to.push(path);
    if (verb === 'DATA') text = [];
    say(verb === 'DATA' ? '354 go on' : verb === 'QUIT' ? '221 bye' : '250 ok');
    if (verb === 'QUIT') socket.end();
  };
  say('220 sink.example.org');
  socket.setEncoding('latin1');
  socket.on('error', () => {});
  socket.on('data', (data: string) => {
    const lines = (rest + data).split('\r\n');
    rest = lines.pop() as string;
    for (const line of lines) hear(line);
  });
}
