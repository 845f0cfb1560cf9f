import { describe, expect, it } from 'vitest'
import { rivalsAmong } from '#core/worker/rivals'

describe('rivalsAmong', () => {
  it('is everybody where all slots have all engines, where a slot said nothing, and where no slot has it', () => {
    expect(rivalsAmong([['mouth', 'wav2lip']], ['mouth', 'wav2lip'])('mouth')).toBeNull()
    expect(rivalsAmong([null, ['mouth']], ['mouth', 'heygem'])('mouth')).toBeNull()
    expect(rivalsAmong([['mouth']], ['mouth', 'heygem'])('heygem')).toBeNull()
  })

  it('leaves out engines that no slot takes which could take the job', () => {
    const rivals = rivalsAmong([['mouth', 'command'], ['heygem']], ['mouth', 'heygem'])
    expect(rivals('mouth')).toEqual(['mouth', 'command'])
    expect(rivals('heygem')).toEqual(['heygem'])
  })

  it('is everybody while nobody else waits: counting stays on the index alone', () => {
    expect(rivalsAmong([['mouth']], ['mouth'])('mouth')).toBeNull()
  })
})
