/** `f2b ping`: is there a server, and does it answer? */
import * as Args from '@oclif/core/args';
import { DeskCommand } from './desk-command.js';
import { ASK_FLAGS } from './desk-flags.js';

export default class PingCommand extends DeskCommand {
  static override summary = 'Ask whether the server is there.';
  static override description = 'The exit code is 0 when it answers, and 255 when it does not.';
  static override examples = ['<%= config.bin %> ping'];
  static override args = {
    TIMEOUT: Args.string({ description: 'seconds to wait for its answer (default 10)', ignoreStdin: true }),
  };
  static override flags = ASK_FLAGS;

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(PingCommand);
    const { pingServer } = await import('./server-ping.js');
    const { config, socket } = flags;
    const answer = await pingServer({ config, socket, root: this.config.root }, args.TIMEOUT);
    if (this.jsonEnabled()) return { answer };
    process.stdout.write(`Server replied: ${answer}\n`);
    return undefined;
  }
}
