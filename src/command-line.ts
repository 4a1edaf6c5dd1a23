/**
 * Everything the command line is made of, as one bundle: how it starts, and the commands, which oclif asks for by name.
 */
export { COMMANDS } from './index.js';
export { main } from './main.js';
