import fc from 'fast-check';

/** Of the picture in these tests. */
export const PICTURE = { width: 800, height: 450 };

const x = fc.integer({ min: 0, max: PICTURE.width - 1 });
const y = fc.integer({ min: 0, max: PICTURE.height - 1 });
const pair = fc.tuple(x, y);
const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null });
const modifiers = some(fc.constantFrom('ctrl', 'shift', 'ctrl+shift', 'alt', 'super', ''));
const chord = fc.constantFrom(
  'Return',
  'ctrl+a',
  'ctrl+shift+t',
  'Page_Down',
  'A',
  'é',
  'Down Down',
  'KP_Enter',
  '+',
  'ctrl++',
);
const held = some(fc.constantFrom([], ['CTRL'], ['SHIFT', 'ALT'], ['META']));

/** Any valid action in Anthropic's words. */
const anthropic = fc.oneof(
  fc.record({
    action: fc.constantFrom('left_click', 'right_click', 'middle_click', 'double_click', 'triple_click'),
    coordinate: some(pair),
    text: modifiers,
  }),
  fc.record({ action: fc.constant('mouse_move'), coordinate: pair }),
  fc.record({
    action: fc.constant('left_click_drag'),
    coordinate: pair,
    start_coordinate: some(pair),
    text: modifiers,
  }),
  fc.record({ action: fc.constantFrom('left_mouse_down', 'left_mouse_up') }),
  fc.record({
    action: fc.constant('scroll'),
    coordinate: some(pair),
    scroll_direction: fc.constantFrom('up', 'down', 'left', 'right'),
    scroll_amount: fc.nat(100),
    text: modifiers,
  }),
  fc.record({ action: fc.constant('key'), text: chord, repeat: some(fc.integer({ min: 1, max: 20 })) }),
  fc.record({
    action: fc.constant('hold_key'),
    text: fc.constantFrom('w', 'shift+w'),
    duration: fc.double({ min: 0, max: 300, noNaN: true }),
  }),
  fc.record({ action: fc.constant('type'), text: fc.oneof(fc.string({ unit: 'binary' }), fc.string()) }),
  fc.record({ action: fc.constant('wait'), duration: fc.double({ min: 0, max: 300, noNaN: true }) }),
  fc.record({ action: fc.constantFrom('screenshot', 'cursor_position') }),
  fc.tuple(pair, pair).map(([[a, b], [c, d]]) => ({
    action: 'zoom',
    region: [Math.min(a, c), Math.min(b, d), Math.max(a, c) + 1, Math.max(b, d) + 1],
  })),
);

/** Any valid action in OpenAI's. */
const openAi = fc.oneof(
  fc.record({
    type: fc.constant('click'),
    button: fc.constantFrom('left', 'right', 'wheel', 'back', 'forward'),
    x,
    y,
    keys: held,
  }),
  fc.record({ type: fc.constant('double_click'), x, y, keys: held }),
  fc.record({
    type: fc.constant('drag'),
    path: fc.array(fc.record({ x, y }), { minLength: 2, maxLength: 20 }),
    keys: held,
  }),
  fc.record({
    type: fc.constant('keypress'),
    keys: fc.constantFrom(['CTRL', 'C'], ['ENTER'], ['ARROWDOWN'], ['a', 'b']),
  }),
  fc.record({ type: fc.constant('move'), x, y, keys: held }),
  fc.record({
    type: fc.constant('scroll'),
    x,
    y,
    scroll_x: fc.integer({ min: -10_000, max: 10_000 }),
    scroll_y: fc.integer({ min: -10_000, max: 10_000 }),
    keys: held,
  }),
  fc.record({ type: fc.constant('type'), text: fc.string() }),
  fc.record({ type: fc.constantFrom('wait', 'screenshot') }),
);

export const modelAction: fc.Arbitrary<unknown> = fc.oneof(anthropic, openAi);
