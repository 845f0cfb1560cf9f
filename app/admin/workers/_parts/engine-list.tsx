import { Check, Minus } from 'lucide-react'
import { useTranslations } from 'next-intl'
import { useNotReadyText } from '#app/_jobs/not-ready-text'
import type { EngineReadiness } from '#core/worker/engines'

/** Which engines a slot has, and of the others why not. */
export function EngineList({
  engines,
  defaultEngine,
}: {
  engines: EngineReadiness[]
  defaultEngine: string
}) {
  const t = useTranslations('workers')
  return (
    <div className="grid min-w-0 content-start gap-2">
      <h3 className="text-xs text-muted">{t('engines')}</h3>
      {engines.length === 0 && <p className="text-sm text-muted">{t('engineUnknown')}</p>}
      <ul className="grid gap-2">
        {engines.map((engine) => (
          <Row key={engine.name} engine={engine} isDefault={engine.name === defaultEngine} />
        ))}
      </ul>
    </div>
  )
}

function Row({ engine, isDefault }: { engine: EngineReadiness; isDefault: boolean }) {
  const t = useTranslations('workers')
  const names = useTranslations('options.engines')
  const whyNot = useNotReadyText()
  const { name, version, ready, note, licence } = engine
  const key = name as 'mouth'
  return (
    <li className="flex min-w-0 gap-2 text-sm">
      {ready ? (
        <Check aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-accent" />
      ) : (
        <Minus aria-hidden="true" className="mt-0.5 size-4 shrink-0 text-faint" />
      )}
      <div className="min-w-0 [overflow-wrap:anywhere]">
        <p className="flex flex-wrap gap-x-2">
          <span className={ready ? 'font-medium' : 'text-muted'}>{names.has(key) ? names(key) : name}</span>
          <span className="text-faint">{version}</span>
          <span className={ready ? 'text-accent' : 'text-muted'}>{t(ready ? 'ready' : 'notReady')}</span>
          {isDefault && <span className="text-muted">{t('default')}</span>}
        </p>
        {!ready && <p className="text-muted">{whyNot(engine)}</p>}
        {ready && note && <p className="text-muted">{note}</p>}
        {ready && licence && <p className="text-amber">{t('licence', { text: licence })}</p>}
      </div>
    </li>
  )
}
