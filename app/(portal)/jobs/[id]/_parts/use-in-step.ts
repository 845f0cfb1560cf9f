'use client'

import { type RefObject, useEffect } from 'react'
import { sourceTime } from './source-time.ts'

const DRIFT = 0.12
const STEP_MS = 80

/** Keeps the source in step with the result: the same moment, playing and pausing with it, without sound. */
export function useInStep(
  result: RefObject<HTMLVideoElement | null>,
  source: RefObject<HTMLVideoElement | null>,
  sourceSeconds: number,
  shortVideo: 'loop' | 'freeze',
): void {
  useEffect(() => {
    const leader = result.current
    const follower = source.current
    if (!leader || !follower) return
    const stop = new AbortController()
    let timer: ReturnType<typeof setInterval> | undefined

    const follow = () => {
      const { at, forward } = sourceTime(leader.currentTime, sourceSeconds, shortVideo)
      const playing = !leader.paused && forward
      if (playing && follower.paused) void follower.play().catch(() => {})
      if (!playing && !follower.paused) follower.pause()
      // Backward there is no playing, only a row of stills.
      const off = Math.abs(follower.currentTime - at)
      // While it plays, one seek at a time; a pause must show the same moment in both.
      if (leader.paused ? off > 0.01 : off > (forward ? DRIFT : 0.03) && !follower.seeking)
        follower.currentTime = at
    }
    const run = () => {
      clearInterval(timer)
      if (!leader.paused) timer = setInterval(follow, STEP_MS)
      follow()
    }
    for (const event of ['play', 'pause', 'seeking', 'seeked', 'ended', 'loadedmetadata'])
      leader.addEventListener(event, run, { signal: stop.signal })
    return () => {
      stop.abort()
      clearInterval(timer)
    }
  }, [result, source, sourceSeconds, shortVideo])
}
