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

/** Of commands that ask a server where there is one. */
export const ASK_FLAGS = {
  ...CONFIG_FLAG,
  socket: Flags.string({
    char: 's',
    helpValue: 'FILE',
    summary: 'socket of the server to ask (default: the configured one, if a server listens there)',
  }),
};

export const WRITE_FLAGS = {
  ...ASK_FLAGS,
  wait: Flags.string({
    helpValue: 'SEC',
    summary: 'how long to wait for another f2b that is at work (default: 60)',
  }),
};
