/**
 * Action stage: does the firewall really have this address? Looks through all that is there, whoever wrote it: nftables,
 * iptables, ipsets, routes and /etc/hosts.deny. Networks, ranges and sets that contain the address count.
 *
 * Address → where it was found and what could not be looked at. A tool that is not installed has nothing to say.
 */
import { readFile } from 'node:fs/promises';
import type { IpAddress } from '../net/address.js';
import { type CommandResult, runOnce } from './command-runner.js';
import type { FirewallHit } from './search/hit.js';
import { searchHostsDeny } from './search/hosts-deny.js';
import { searchRoutes } from './search/ip-route.js';
import { searchIpset } from './search/ipset-save.js';
import { searchIptables } from './search/iptables-save.js';
import { searchNft } from './search/nft-ruleset.js';
import { plainCommand } from './shell-command.js';

export type { FirewallHit, FirewallTool } from './search/hit.js';

export interface FirewallSearch {
  readonly hits: readonly FirewallHit[];
  /** What could not be looked at, and why: `iptables-save: Permission denied`. */
  readonly unknown: readonly string[];
}

export interface SearchOptions {
  /** Replaceable for tests. */
  readonly run?: ((command: string) => Promise<CommandResult>) | undefined;
  readonly hostsDeny?: string | undefined;
}

const TIMEOUT_MS = 15_000;
const MOST_CHARS = 1 << 27;

/** Never rejects. */
export async function searchFirewall(
  address: IpAddress,
  options: SearchOptions = {},
): Promise<FirewallSearch> {
  const { run = runTool, hostsDeny = '/etc/hosts.deny' } = options;
  const unknown: string[] = [];
  /** What a tool prints; empty where it is not installed. */
  const ask = async (command: string): Promise<string> => {
    const result = await run(command);
    if (result.ok) return result.stdoutTail;
    if (result.exitCode !== 127) unknown.push(`${command}: ${whyNot(result)}`);
    return '';
  };
  const tool = address.family === 'inet4' ? 'iptables' : 'ip6tables';
  const rules = searchIptables(await ask(`${tool}-save`), tool, address);
  const sets = searchIpset(await ask('ipset save'), address, rules.uses);
  const nft = readNft(await ask('nft -j list ruleset'), address, unknown);
  const routes = searchRoutes(
    await ask(`ip ${address.family === 'inet4' ? '-4' : '-6'} route show table all`),
    address,
  );
  const denied = searchHostsDeny(await readText(hostsDeny, unknown), hostsDeny, address);
  // What iptables writes through nf_tables shows in both.
  const own = rules.hits.length === 0 ? nft : nft.filter(({ where }) => !IPTABLES_CHAIN.test(where));
  return { hits: [...own, ...rules.hits, ...sets, ...routes, ...denied], unknown };
}

const IPTABLES_CHAIN = /^chain ip6? (?:filter|nat|mangle|raw|security) /;

function runTool(command: string): Promise<CommandResult> {
  return runOnce(plainCommand(command), { timeoutMs: TIMEOUT_MS, keepChars: MOST_CHARS });
}

function whyNot({ timedOut, stderrTail, exitCode, signal, startError }: CommandResult): string {
  if (timedOut) return `no answer within ${TIMEOUT_MS / 1000} s`;
  const last = stderrTail.trim().split('\n').at(-1);
  return last || `ended with ${exitCode ?? signal ?? startError}`;
}

function readNft(text: string, address: IpAddress, unknown: string[]): FirewallHit[] {
  if (text.trim() === '') return [];
  try {
    return searchNft(text, address);
  } catch (error) {
    unknown.push(`nft -j list ruleset: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

async function readText(file: string, unknown: string[]): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT') unknown.push(`${file}: ${code}`);
    return '';
  }
}
