// The little work that is asked of a visitor before an SMS is sent (the server's tenants/account/proof.h). Nobody
// sees or does anything: neither a
// keyboard nor a screen reader comes into it. The browser's own SHA-256, many at a time, with turns for the page in
// between. It is there
// wherever the address is https, or of this very machine.
const AT_ONCE = 128

export function beginsWithZeros(hash: Uint8Array, bits: number): boolean {
  let i = 0
  for (; bits >= 8; bits -= 8) if (hash[i++] !== 0) return false
  return bits === 0 || hash[i]! >> (8 - bits) === 0
}

/** "<challenge>:<n>" whose SHA-256 begins with as many zero bits as the challenge says before its point. */
export async function prove(challenge: string, signal?: AbortSignal): Promise<string> {
  const bits = Number.parseInt(challenge, 10)
  if (!(bits >= 0 && bits <= 30)) throw new Error('no challenge')
  const encoder = new TextEncoder()
  const good = async (proof: string) =>
    beginsWithZeros(new Uint8Array(await crypto.subtle.digest('SHA-256', encoder.encode(proof))), bits)
  for (let n = 0; ; n += AT_ONCE) {
    const proofs = Array.from({ length: AT_ONCE }, (_, i) => `${challenge}:${n + i}`)
    const found = (await Promise.all(proofs.map(good))).indexOf(true)
    if (found >= 0) return proofs[found]!
    await new Promise((resume) => setTimeout(resume))
    if (signal?.aborted) throw new DOMException('', 'AbortError')
  }
}
