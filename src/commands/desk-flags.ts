/** Options that the commands of the vocabulary share. */
import * as Flags from '@oclif/core/flags';

export const CONFIG_FLAG = {
  config: Flags.string({
    char: 'c',
    aliases: ['conf'],
    helpValue: 'DIR',
    summary: 'configuration folder (default: $F2B_CONFIG, /etc/f2b, /etc/fail2ban, then what ships with f2b)',
  }),
};

export const WRITE_FLAGS = {
  ...CONFIG_FLAG,
  wait: Flags.string({
    helpValue: 'SEC',
    summary: 'how long to wait for another f2b that is at work (default: 60)',
  }),
};
