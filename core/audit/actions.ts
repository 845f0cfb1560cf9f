import { z } from 'zod'
import { Band, QueuePolicy, Role } from '#prisma/enums'

/** What an entry can be about. `route` is an address of the portal that somebody was refused. */
export type AuditSubject =
  | 'audit'
  | 'batch'
  | 'file'
  | 'invitation'
  | 'job'
  | 'queue'
  | 'route'
  | 'storage'
  | 'user'
  | 'worker'

type Values = z.ZodObject | z.ZodRecord

/** An action on that kind of subject, what its values were before, and what they are after. */
const on = <From extends Values | null = null, To extends Values | null = null>(
  subject: AuditSubject,
  from: From = null as From,
  to: To = null as To,
) => ({ subject, from, to })

/** An action that gives the same fields other values. */
const change = <Both extends Values>(subject: AuditSubject, both: Both) => on(subject, both, both)

const text = z.string()
const count = z.int().min(0)
const role = z.enum(Role)
const band = z.enum(Band)
const place = z.strictObject({ band, ticket: z.int(), position: z.int() })
const invitation = z.strictObject({ role, email: text.nullable(), name: text.nullable() })
/** Those settings whose values change. */
const settings = z.record(text, z.union([text, z.number(), z.boolean(), z.null()]))

/** Everything that is written down: its subject, and which values it keeps from before and after. */
export const AUDIT_ACTIONS = {
  'queue.pause': on('queue'),
  'queue.resume': on('queue'),
  'queue.policy': change('queue', z.strictObject({ policy: z.enum(QueuePolicy) })),
  'queue.aging': change('queue', z.strictObject({ minutes: count.nullable() })),
  'queue.limits': change('queue', settings),
  'queue.preemption': change('queue', z.strictObject({ on: z.boolean() })),
  /** One for each person whose jobs were among them. */
  'queue.bulk': on('user', null, z.strictObject({ kind: text, band: band.optional(), jobs: count })),
  'worker.drain': on('worker'),
  'worker.undrain': on('worker'),
  'worker.stop': on('worker'),
  'batch.view': on('batch'),
  'batch.pause': on('batch'),
  'batch.resume': on('batch'),
  'batch.remove': on('batch'),
  'batch.restore': on('batch'),
  'batch.purge': on('batch'),
  'job.view': on('job'),
  'job.download': on('job'),
  'job.cancel': on('job'),
  'job.resubmit': change('job', z.strictObject({ band })),
  'job.remove': on('job'),
  'job.restore': on('job'),
  'job.purge': on('job'),
  'job.band': change('job', place),
  'job.front': change('job', place),
  'job.before': change('job', place),
  'job.after': change('job', place),
  'file.view': on('file'),
  'file.restore': on('file'),
  'file.purge': on('file'),
  'user.invite': on('invitation', null, invitation),
  'user.withdraw': on('invitation', invitation),
  'user.join': on('user', null, z.strictObject({ role })),
  'user.disable': on('user'),
  'user.enable': on('user'),
  'user.role': change('user', z.strictObject({ role })),
  'user.role_by_provider': change('user', z.strictObject({ role })),
  'user.provider_link': on('user'),
  /** Whom the provider knows, and why they may not come in. */
  'user.provider_refused': on('user', null, z.strictObject({ code: text })),
  'user.weight': change('user', z.strictObject({ weight: z.number() })),
  'user.quotas': change('user', settings),
  'user.name': change('user', z.strictObject({ name: text })),
  'user.password': on('user'),
  'user.reset_link': on('user'),
  'user.reset': on('user'),
  'user.sessions': on('user', null, z.strictObject({ count })),
  /** By an admin. */
  'user.signed_out': on('user', null, z.strictObject({ count })),
  'user.delete': on(
    'user',
    z.strictObject({ role, email: text }),
    z.strictObject({ how: text, heir: text.optional() }),
  ),
  'user.sign_in': on('user'),
  'user.sign_in_failed': on('user'),
  'user.sign_in_limited': on('user'),
  'user.code_failed': on('user'),
  'user.sign_out': on('user'),
  'user.totp_on': on('user'),
  'user.totp_off': on('user'),
  'user.totp_reset': on('user'),
  'user.recovery_codes': on('user'),
  /** `more` on the last one that is written down of many. */
  'access.refused': on(
    'route',
    null,
    z.strictObject({ method: text, code: text, more: z.boolean().optional() }),
  ),
  'storage.retention': change('storage', settings),
  'storage.clean': on('storage', null, z.strictObject({ jobs: count, files: count, bytes: count })),
  'audit.export': on('audit', null, z.strictObject({ filters: text })),
} as const

export type AuditAction = keyof typeof AUDIT_ACTIONS
