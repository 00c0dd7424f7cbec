#!/usr/bin/env node
import { runMain } from '../cli/command-line';
import { main } from './main';

runMain(main, 'dla-check-plan');
