#!/usr/bin/env node
import { main } from '../dist/main.js';

await main(new URL('..', import.meta.url).pathname, process.argv.slice(2));
