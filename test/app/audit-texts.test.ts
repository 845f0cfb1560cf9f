import { expect, it } from 'vitest'
import type { z } from 'zod'
import { AUDIT_ACTIONS } from '#core/audit/actions'
import { bulkAction } from '#core/bulk/bulk-selection'
import { QueuePolicy } from '#prisma/enums'
import en from '../../app/_i18n/en.json' with { type: 'json' }

const actions = Object.entries(AUDIT_ACTIONS)
const keys = actions.map(([action]) => action.replace('.', '_'))

it('everything that is written down has a line, a name among the filters, and a name of its subject', () => {
  expect(Object.keys(en.audit)).toEqual(expect.arrayContaining(keys))
  expect(Object.keys(en.auditPage.actions).sort()).toEqual(keys.sort())
  const subjects = new Set<string>(actions.map(([, { subject }]) => subject))
  expect(Object.keys(en.auditPage.subjects).sort()).toEqual([...subjects].sort())
})

it('each value that it keeps has a name', () => {
  const schemas: (z.ZodType | null)[] = actions.flatMap(([, { from, to }]) => [from, to])
  const fields = schemas.flatMap((schema) =>
    schema && 'shape' in schema ? Object.keys(schema.shape as object) : [],
  )
  expect(Object.keys(en.auditPage.fields)).toEqual(expect.arrayContaining([...new Set(fields)]))
})

it('values that are words of the code have words of people', () => {
  const { kind, policy } = en.auditPage.values
  expect(Object.keys(kind).sort()).toEqual(bulkAction.options.map(({ shape }) => shape.kind.value).sort())
  expect(Object.keys(policy).sort()).toEqual(Object.keys(QueuePolicy).sort())
})
