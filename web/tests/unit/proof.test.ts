import { createHash } from 'node:crypto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ApiProblem, call } from '@/api/client'
import { beginsWithZeros, prove } from '@/api/proof'

const sha = (text: string) => createHash('sha256').update(text).digest()

describe('the proof of work before an SMS', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('counts bits, not bytes', () => {
    expect(beginsWithZeros(new Uint8Array([0, 0b00011111]), 11)).toBe(true)
    expect(beginsWithZeros(new Uint8Array([0, 0b00011111]), 12)).toBe(false)
    expect(beginsWithZeros(new Uint8Array([1]), 0)).toBe(true)
    expect(beginsWithZeros(new Uint8Array([0, 0, 1]), 16)).toBe(true)
  })

  it.each([0, 1, 9, 12])('finds what another SHA-256 agrees with (%i bits)', async (bits) => {
    const proof = await prove(`${bits}.abc_DEF-`)
    expect(proof.startsWith(`${bits}.abc_DEF-:`)).toBe(true)
    expect(beginsWithZeros(sha(proof), bits)).toBe(true)
  })

  it('refuses what is no challenge, and stops when it is no longer wanted', async () => {
    await expect(prove('x.abc')).rejects.toThrow()
    await expect(prove('99.abc')).rejects.toThrow()
    const stop = new AbortController()
    const going = prove('30.abc', stop.signal)
    stop.abort()
    await expect(going).rejects.toThrow()
  })

  it('is answered by itself, once, with the same form', async () => {
    const bodies: Record<string, string>[] = []
    const answer = (status: number, body: object) =>
      new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/problem+json' } })
    vi.stubGlobal(
      'fetch',
      vi.fn(async (_: string, init: RequestInit) => {
        bodies.push(JSON.parse(init.body as string))
        return bodies.length === 1
          ? answer(428, { code: 'proof-required', status: 428, challenge: '8.once' })
          : answer(202, { valid_s: 300 })
      }),
    )
    await call('/auth/sms-code', { body: { mobile: '13800000000', use: 'register' } })
    expect(bodies).toHaveLength(2)
    expect(bodies[1]).toMatchObject({ mobile: '13800000000', use: 'register' })
    expect(beginsWithZeros(sha(bodies[1]!.proof!), 8)).toBe(true)
    bodies.length = 0
    vi.stubGlobal(
      'fetch',
      vi.fn(async () => answer(428, { code: 'proof-required', status: 428, challenge: '1.again' })),
    )
    await expect(call('/auth/sms-code', { body: {} })).rejects.toBeInstanceOf(ApiProblem)
  })
})
