import type { Warnings } from './warnings.ts'

/** What decides how a record decodes besides its bytes. */
export interface DecodeRules {
  /**
   * When an offer of a package that has no `Цены` states that it has no price: always (families A and B, whose packages
   * are whole), never (family C, which spreads an offer over several files), or where the package lists price types
   * (everybody else: a package of stocks alone lists none).
   */
  readonly absentPricesMeanNone: 'always' | 'whenListed' | 'never'
}

/** What decoding one record needs besides the record. */
export interface DecodeContext {
  /** IANA zone of the 1C base: documents state local times. */
  readonly timezone: string
  readonly rules: DecodeRules
  readonly warnings: Warnings
  /** Dictionary names this pass has given already, so that each comes once. */
  readonly known: Set<string>
}
