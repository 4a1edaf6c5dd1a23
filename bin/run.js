#!/usr/bin/env node
const { join } = require('node:path');
const { main } = require('../dist/load.cjs');

main(join(__dirname, '..', '/'), process.argv.slice(2));
