/**
 * Action stage: who comes first is served first, one at a time.
 *
 * A jail has one queue for its actions; all jails of a process share one for commands that touch the firewall. Between
 * processes the lock of the store does this.
 */
export class Queue {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when everything that was asked for earlier has ended, well or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}

const FIREWALL =
  /\b(?:ip6?tables|ipset|nft|ebtables|firewall-cmd|ufw|ipfw|pfctl|npfctl|ipf|shorewall|apf|symbiosis-firewall|ip(?:\s+-\S+)*\s+(?:route|rule)|route)\b/;

/** Does the command name a tool of which two at the same time get into each other's way? */
export function isFirewallCommand(command: string): boolean {
  return FIREWALL.test(command);
}
