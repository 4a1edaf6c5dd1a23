// Opens a store as whoever runs this and says how it went, as JSON: `STORE read|write|fill`.
import { systemClock } from '../../../src/core/clock.js';
import { openForReading, openForWriting } from '../../../src/core/store/open.js';
import { ban } from '../samples.js';

const [path = '', mode] = process.argv.slice(2);
const options = { waitMs: 0, clock: systemClock, command: 'f2b status' };
try {
  const store = mode !== 'read' ? await openForWriting(path, options) : openForReading(path, options);
  if (mode === 'fill') store.addBans([ban('192.0.2.1'), ban('192.0.2.2'), ban('192.0.2.3')]);
  console.log(JSON.stringify({ bans: store.bans('sshd').length }));
  store.close();
} catch (error) {
  const { code, message } = error as Error & { code?: string };
  console.log(JSON.stringify({ code, message }));
}
