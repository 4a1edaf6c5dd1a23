/** The door of the wire: fail2ban's protocol, both ends. */

export { ask, type ClientOptions, WireClient, WireError, type WireTrouble } from './client.js';
export { decode } from './decode.js';
export { encode } from './encode.js';
export { type Pickled, PickledException, PickleError } from './pickled.js';
export { type ServeOptions, serveDesk } from './serve-desk.js';
export { WIRE_LIMITS, type WireLimits, WireServer, type WireServerOptions } from './server.js';
export { isAnswering } from './socket-path.js';
