import { useTranslations } from 'next-intl'
import { Select } from '#app/_components/ui/select.tsx'
import { useNotReadyText } from '#app/_jobs/not-ready-text'
import type { EngineName } from '#core/engine/options'
import type { EngineChoice } from './engine-choices.ts'

/** Which engine renders; of those that no worker has ready, why. */
export function EngineField({
  engine,
  engines,
  onChoose,
}: {
  engine: EngineName | null
  engines: EngineChoice[]
  onChoose: (engine: EngineName | null) => void
}) {
  const t = useTranslations('options')
  const word = useTranslations('new')
  const whyNot = useNotReadyText()
  const missing = engines.flatMap(({ name, why }) => (why ? [{ name, why }] : []))
  return (
    <Select
      id="option-engine"
      label={t('engine')}
      value={engine ?? ''}
      choices={[
        { value: '', label: t('engineDefault') },
        ...engines.map(({ name, why }) => ({
          value: name,
          label: t(`engines.${name}`),
          disabled: why !== null,
        })),
      ]}
      hint={
        missing.length > 0 && (
          <span className="grid gap-0.5 [overflow-wrap:anywhere]">
            {missing.map(({ name, why }) => (
              <span key={name}>
                {word('unavailable', { engine: t(`engines.${name}`), why: whyNot(why) })}
              </span>
            ))}
          </span>
        )
      }
      onChoose={(value) => onChoose(value === '' ? null : (value as EngineName))}
    />
  )
}
