import { Big } from '../core/decimal.ts'
import { UnusableValue } from '../core/item.ts'

// Division keeps 20 places, so 2000 / 1.2 * 1.2 is 2000.00000000000000000000004, and rounding that up to tens would
// give 2010. No price or quantity means anything behind the 15th place.
const MEANT_PLACES = 15

/** The number without the last places that a division leaves behind. */
export function settled(value: Big): Big {
  return value.round(MEANT_PLACES, Big.roundHalfUp)
}

/** Exact as far as 20 places go. @throws UnusableValue item.division_by_zero */
export function divide(a: Big, b: Big): Big {
  return a.div(notZero(b))
}

/** The remainder of a division, with the sign of `a`. @throws UnusableValue item.division_by_zero */
export function remainder(a: Big, b: Big): Big {
  return a.mod(notZero(b))
}

/** The multiple of `step` nearest to `value`; half a step goes away from zero. @throws UnusableValue item.bad_step */
export function roundToStep(value: Big, step: Big): Big {
  return settled(value.div(positive(step)))
    .round(0, Big.roundHalfUp)
    .times(step)
}

/** The least multiple of `step` that is not below `value`. @throws UnusableValue item.bad_step */
export function roundUpToStep(value: Big, step: Big): Big {
  const steps = settled(value.div(positive(step)))
  const whole = steps.round(0, Big.roundDown)
  return (steps.gt(whole) ? whole.plus(1) : whole).times(step)
}

/** The greatest whole number that is not above `value`. */
export function floor(value: Big): Big {
  const exact = settled(value)
  const whole = exact.round(0, Big.roundDown)
  return exact.lt(whole) ? whole.minus(1) : whole
}

function notZero(divisor: Big): Big {
  if (!divisor.eq(0)) return divisor
  throw new UnusableValue({ code: 'item.division_by_zero', message: 'division by zero' })
}

function positive(step: Big): Big {
  if (step.gt(0)) return step
  const text = step.toFixed()
  throw new UnusableValue({
    code: 'item.bad_step',
    message: `a step must be greater than zero, got ${text}`,
    params: { text },
  })
}
