/**
 * `f2b list`: which filters, actions and jails there are, one line each, from the files themselves.
 */
import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import { BaseCommand } from './base.js';
import { CONFIG_FLAG } from './desk-flags.js';

export default class ListCommand extends BaseCommand {
  static override summary = 'List filters, actions and jails.';
  static override description = [
    'Name and description of each, as the file says it: those of the configuration folder, and those that ship with f2b. A jail that is enabled is marked.',
    'Each WORD has to be in the name or in the description, however it is spelled in capitals.',
    'f2b show NAME tells everything of one.',
  ].join('\n\n');
  static override examples = [
    '<%= config.bin %> list filters',
    '<%= config.bin %> list filters nginx',
    '<%= config.bin %> list actions mail',
    '<%= config.bin %> list jails --enabled --names',
  ];
  static override usage = 'list [OPTIONS] [filters|actions|jails] [WORD...]';
  static override strict = false;
  static override args = {
    KIND: Args.string({ description: 'filters, actions or jails (default: all)', ignoreStdin: true }),
    WORD: Args.string({ description: 'what it is about', ignoreStdin: true }),
  };
  static override flags = {
    ...CONFIG_FLAG,
    enabled: Flags.boolean({ summary: 'only jails that are enabled' }),
    names: Flags.boolean({ summary: 'names alone, for scripts' }),
  };

  async run(): Promise<unknown> {
    const { flags, argv } = await this.parse(ListCommand);
    const { list } = await import('./list-run.js');
    return list({
      config: flags.config,
      words: argv as string[],
      enabled: flags.enabled,
      names: flags.names,
      json: this.jsonEnabled(),
      root: this.config.root,
    });
  }
}
