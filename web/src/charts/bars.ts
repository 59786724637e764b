// Only what bars need: fetched with the first chart that is looked at.
import { BarChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { SVGRenderer } from 'echarts/renderers'

use([BarChart, GridComponent, LegendComponent, TooltipComponent, SVGRenderer])
export const make = (box: HTMLElement) => init(box, undefined, { renderer: 'svg' })
