import { setTimeout as sleep } from 'node:timers/promises'
import type { Band } from '#core/queue/ordering'
import type { Chance } from '../bench/month/random.ts'
import type { Answer, Request } from './door.ts'
import type { Ledger } from './ledger.ts'
import type { Program } from './processes.ts'
import type { World } from './world.ts'

export interface Customers {
  /** Resolves when nobody asks for anything any more. */
  stop(): Promise<void>
  readonly accepted: number
}

interface Parts {
  world: World
  door: Program
  ledger: Ledger
  random: Chance
}

/** Nobody sends more while so many jobs are open, as far as the ledger knows. */
const ENOUGH = 12

/** People who submit, move and cancel at random moments, and write down what was promised before they rely on it. */
export function startCustomers({ world, door, ledger, random }: Parts): Customers {
  let stopping = false
  let accepted = 0
  let batches = 0
  const open: string[] = []
  const send = async (request: Request): Promise<Answer> => {
    try {
      return await ask(door, request)
    } catch (error) {
      ledger.write({ kind: 'unanswered', what: `${request.op}: ${(error as Error).message}` })
      return null
    }
  }
  const submit = async () => {
    const videos = 1 + Math.floor(random.next() * 4)
    const name = `soak ${++batches}`
    const presenterIds = Array.from({ length: videos }, () => world.presenterId)
    const band = random.pick(['normal', 'normal', 'low'] as const)
    ledger.write({ kind: 'asked', name, videos })
    const batch = { name, speechId: world.speechId, presenterIds, band }
    const answer = await send({ op: 'submit', ownerId: world.member.id, batch })
    if (!answer || !('jobIds' in answer)) return
    ledger.write({ kind: 'accepted', name, ...answer })
    accepted += answer.jobIds.length
    open.push(...answer.jobIds)
  }
  const cancel = async (jobId: string) => {
    const answer = await send({ op: 'cancel', jobId, viewer: world.member })
    if (answer && 'outcome' in answer) ledger.write({ kind: 'cancel', jobId, outcome: answer.outcome })
  }
  const move = async (jobId: string) => {
    const band: Band | null = random.happens(0.5) ? random.pick(['high', 'normal', 'low'] as const) : null
    const how = band ? { band } : { front: true as const }
    const answer = await send({ op: 'move', jobId, viewer: world.admin, move: how })
    if (answer && 'outcome' in answer) ledger.write({ kind: 'move', jobId, band, outcome: answer.outcome })
  }
  const live = async () => {
    while (!stopping) {
      await sleep(random.exponential(250))
      const recent = open.slice(-ENOUGH)
      const dice = random.next()
      if (dice < 0.12 && recent.length > 0) await cancel(random.pick(recent))
      else if (dice < 0.4 && recent.length > 0) await move(random.pick(recent))
      else if ((await world.countOpen()) < ENOUGH) await submit()
    }
  }
  const done = Promise.all([live(), live()])
  return {
    async stop() {
      stopping = true
      await done
    },
    get accepted() {
      return accepted
    },
  }
}

const PATIENCE_MS = 20_000
let asked = 0

/** Asks the door; rejects when it dies, doesn't run, or gives no answer. */
function ask({ child }: Program, request: Request): Promise<Answer> {
  const id = ++asked
  return new Promise((resolve, reject) => {
    if (!child?.connected) return void setTimeout(reject, 200, new Error('nobody is at the door'))
    const settle = (act: () => void) => {
      clearTimeout(timer)
      child.off('message', onMessage)
      child.off('exit', onExit)
      act()
    }
    const onMessage = (message: { id: number; answer: Answer; error?: string }) => {
      if (message.id !== id) return
      settle(() => (message.error ? reject(new Error(message.error)) : resolve(message.answer)))
    }
    const onExit = () => settle(() => reject(new Error('killed while it was asked')))
    const timer = setTimeout(() => settle(() => reject(new Error('no answer'))), PATIENCE_MS)
    child.on('message', onMessage)
    child.on('exit', onExit)
    child.send({ id, request }, (error) => error && settle(() => reject(error)))
  })
}
