/** `f2b stop`: the server, or one jail of it. */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { F2bError } from '../core/errors.js';
import { DeskCommand } from './desk-command.js';
import { ASK_FLAGS } from './desk-flags.js';

export default class StopCommand extends DeskCommand {
  static override summary = 'Stop the server, or one jail.';
  static override description = [
    'Every ban is taken out of the firewall, and comes back when the server starts again. Answers when the server is gone.',
    'With --keep the firewall keeps its rules: nobody is let in until a server, or f2b scan, goes on from there.',
  ].join('\n\n');
  static override examples = ['<%= config.bin %> stop', '<%= config.bin %> stop sshd'];
  static override args = {
    JAIL: Args.string({ description: 'stop this jail only', ignoreStdin: true }),
  };
  static override flags = {
    ...ASK_FLAGS,
    keep: Flags.boolean({ summary: 'leave bans and rules as they are' }),
  };

  async run(): Promise<unknown> {
    const { args, flags } = await this.parse(StopCommand);
    const { config, socket, keep = false } = flags;
    const root = this.config.root;
    if (args.JAIL !== undefined) {
      const { runCommand } = await import('./reply-run.js');
      const options = { config, socket, waitSec: undefined, from: undefined };
      return runCommand({ words: ['stop', args.JAIL], options, json: this.jsonEnabled(), root });
    }
    const { stopServer } = await import('./server-stop.js');
    if ((await stopServer({ config, socket, root, keep })) === 'none') {
      throw new F2bError('no-server', 'there is no server that could be stopped');
    }
    if (this.jsonEnabled()) return { status: 'stopped' };
    process.stdout.write('Shutdown successful\n');
    return undefined;
  }
}
