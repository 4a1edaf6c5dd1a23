/**
 * `f2b check`: what `fail2ban-client -t` should have been. A configuration folder → every mistake in it.
 *
 * Text for people and editors, `--json` for programs. Exit code 0 without mistakes, 1 with, 2 when there is no
 * configuration to read (docs/exit-codes.md); warnings alone count with `--strict` only.
 */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from './base.js';

export default class CheckCommand extends BaseCommand {
  static override summary = 'Find every mistake in a configuration.';
  static override description = [
    'Reads all files of a configuration folder and reports everything that is wrong in them at once: names that nobody knows, values that silently become something else, expressions that do not compile, filters, actions and logs that do not exist. Each with its file and line, and with what was probably meant.',
    'Jails that are not enabled are checked as far as their files go. Name a JAIL to check it as if it were enabled, and nothing but what concerns it.',
    'The exit code is 0 without mistakes, 1 with, 2 when there is no configuration to read. Warnings alone are no mistakes, unless --strict says so.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> check',
    '<%= config.bin %> check -c /etc/fail2ban sshd',
    '<%= config.bin %> check --strict --json | jq .counts',
  ];
  static override strict = false;
  static override args = {
    JAIL: Args.string({ description: 'jails to check, enabled or not', ignoreStdin: true }),
  };
  static override flags = {
    config: Flags.string({
      char: 'c',
      helpValue: 'DIR',
      summary: 'folder of the configuration (default: $F2B_CONFIG, /etc/f2b, /etc/fail2ban)',
    }),
    strict: Flags.boolean({ summary: 'count warnings as mistakes' }),
  };

  async run(): Promise<unknown> {
    const { flags, argv } = await this.parse(CheckCommand);
    const { checkFolder } = await import('./check-run.js');
    return checkFolder({
      config: flags.config,
      strict: flags.strict,
      jails: argv as string[],
      json: this.jsonEnabled(),
      root: this.config.root,
    });
  }
}
