/** `f2b flushlogs`: the log was rotated. */
import { DeskCommand } from './desk-command.js';
import { ASK_FLAGS } from './desk-flags.js';
import { readWords } from './words.js';

export default class FlushLogsCommand extends DeskCommand {
  static override summary = 'Let the server open its log anew, after a rotation.';
  static override description = 'For logrotate: postrotate f2b flushlogs. SIGUSR1 does the same.';
  static override examples = ['<%= config.bin %> flushlogs'];
  static override usage = 'flushlogs [OPTIONS]';
  static override strict = false;
  static override flags = ASK_FLAGS;

  async run(): Promise<unknown> {
    const { options, words } = readWords(this.argv, ['config', 'socket', 'json']);
    const { runCommand } = await import('./reply-run.js');
    return runCommand({
      words: ['flushlogs', ...words],
      options,
      json: this.jsonEnabled(),
      root: this.config.root,
    });
  }
}
