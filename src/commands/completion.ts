/** `f2b completion`: a script by which a shell completes f2b's command line. */
import * as Args from '@oclif/core/args';
import { BaseCommand } from './base.js';

export default class CompletionCommand extends BaseCommand {
  static override summary = 'Print a script that completes f2b’s command line in bash, zsh or fish.';
  static override description = [
    'Commands, their options, the words of set, get and client, kinds and flavors are in the script; names of jails and filters are asked for when the key is pressed, of the folder that -c names in the line.',
    'Make it anew after an update.',
  ].join('\n\n');
  static override examples = [
    'source <(<%= config.bin %> completion bash)',
    '<%= config.bin %> completion bash > /etc/bash_completion.d/f2b',
    '<%= config.bin %> completion zsh > /usr/local/share/zsh/site-functions/_f2b',
    '<%= config.bin %> completion fish > ~/.config/fish/completions/f2b.fish',
  ];
  static override enableJsonFlag = false;
  static override args = {
    SHELL: Args.string({
      description: 'bash, zsh or fish',
      required: true,
      options: ['bash', 'zsh', 'fish'],
      ignoreStdin: true,
    }),
  };

  async run(): Promise<unknown> {
    const { args } = await this.parse(CompletionCommand);
    const { completionScript } = await import('./completion-run.js');
    process.stdout.write(completionScript(args.SHELL, this.config.commands));
    return undefined;
  }
}
