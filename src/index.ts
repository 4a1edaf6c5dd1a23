/**
 * Every command by the name it is called by. oclif finds them here (package.json, oclif.commands).
 */
import RegexCommand from './commands/regex.js';

export const COMMANDS = {
  regex: RegexCommand,
};
