// What was asked for once a visit. Another account is another visit: the session forgets it.
export const kept: { specs: Promise<unknown> | null } = { specs: null }
