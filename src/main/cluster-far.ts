/**
 * Entry of what the desk calls on a login node: `node cluster-far.js WORK`, an order as JSON on standard input, and as
 * answer one line of JSON with the bytes behind it. It looks, and changes nothing.
 */
import { readFileSync } from 'node:fs'
import { look } from './cluster/far/look'
import { LookOrder } from './cluster/protocol'

const work = process.argv[2]
if (work === undefined) throw new Error('usage: cluster-far.js WORK')
const { runs, bytes } = look(work, LookOrder.parse(JSON.parse(readFileSync(0, 'utf8'))))
process.stdout.write(`${JSON.stringify({ runs })}\n`)
process.stdout.write(Buffer.concat(bytes))
