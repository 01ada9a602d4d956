import type { Drawing } from '../../src/shared/figure/drawing/drawing'

/** One of every kind of mark, at round coordinates: 200 x 100 points. */
export const everyMark: Drawing = {
  ...{ width: 200, height: 100, title: 'Loss < 1 & "more"', description: 'β₂ = 0.98' },
  background: '#ffffff',
  marks: [
    {
      ...{ kind: 'rect', x: 10, y: 10, width: 40, height: 30 },
      fill: { color: '#0072b2' }
    },
    { kind: 'circle', x: 80, y: 25, r: 12, fill: { color: '#d55e00' } },
    {
      ...{ kind: 'path', closed: true, fill: { color: '#009e73', opacity: 0.5 } },
      parts: [
        [
          [100, 10],
          [140, 10],
          [140, 40],
          [100, 40]
        ]
      ]
    },
    {
      kind: 'group',
      name: 'a curve',
      marks: [
        {
          ...{ kind: 'path', closed: false },
          parts: [
            [
              [10, 60],
              [150, 60]
            ],
            [
              [10, 70],
              [150, 70]
            ]
          ],
          stroke: { color: '#000000', width: 4, dash: [10, 10] }
        }
      ]
    },
    {
      ...{ kind: 'text', text: 'Loss <β> & co', x: 10, y: 90, size: 10, face: 'sans' },
      ...{ color: '#000000', anchor: 'start' }
    },
    {
      ...{ kind: 'text', text: 'accuracy', x: 190, y: 50, size: 8, face: 'serif-bold' },
      ...{ color: '#000000', anchor: 'middle', upwards: true }
    }
  ]
}
