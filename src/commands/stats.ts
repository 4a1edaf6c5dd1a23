/** `f2b stats` (also `f2b statistics`): failures and bans of all jails as fail2ban-client's table. */
import { DeskCommand } from './desk-command.js';
import { ASK_FLAGS } from './desk-flags.js';
import { readWords } from './words.js';

export default class StatsCommand extends DeskCommand {
  static override aliases = ['statistics'];
  static override summary = 'Print failures and bans of all jails as a table.';
  static override description =
    'Now and in all, for each jail, with the backend that is really used. The text is that of fail2ban-client stats.';
  static override examples = ['<%= config.bin %> stats', '<%= config.bin %> stats --json'];
  static override usage = 'stats [OPTIONS]';
  static override strict = false;
  static override flags = ASK_FLAGS;

  async run(): Promise<unknown> {
    const { options, words } = readWords(this.argv, ['config', 'socket', 'json']);
    const { showStats } = await import('./status-run.js');
    return showStats({ words, options, json: this.jsonEnabled(), root: this.config.root });
  }
}
