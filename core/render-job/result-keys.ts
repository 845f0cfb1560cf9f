import type { Claim } from '#core/render-job/transition'

/**
 * Where a claim's result goes in storage. The key holds the claim's token, so two workers that both
 * believe they own a job never write the same file, and what a lost one left behind can be named.
 */
export const resultKeys = ({ jobId, claimToken }: Claim) => ({
  video: `results/${jobId}/${claimToken}.mp4`,
  thumbnail: `results/${jobId}/${claimToken}.jpg`,
})
