/** What a browser says of itself, as people call it: "Chrome · Windows". Empty where it cannot be told. */
const BROWSERS: [RegExp, string][] = [
  [/MicroMessenger\//, '微信'],
  [/DingTalk\//, '钉钉'],
  [/QQBrowser\//, 'QQ 浏览器'],
  [/(360SE|360EE|QIHU)/, '360'],
  [/UCBrowser\//, 'UC'],
  [/Edg(e|A|iOS)?\//, 'Edge'],
  [/OPR\//, 'Opera'],
  [/Firefox\/|FxiOS\//, 'Firefox'],
  [/(HeadlessChrome|Chrome|CriOS)\//, 'Chrome'],
  [/Safari\//, 'Safari'],
]
const SYSTEMS: [RegExp, string][] = [
  [/HarmonyOS|OpenHarmony/, 'HarmonyOS'],
  [/Android/, 'Android'],
  [/iPhone|iPad|iOS/, 'iOS'],
  [/Windows/, 'Windows'],
  [/Mac OS X|Macintosh/, 'macOS'],
  [/UOS|Deepin|Kylin|Linux/, 'Linux'],
]
export function agentName(agent: string | null | undefined): string {
  const of = (known: [RegExp, string][]) => known.find(([pattern]) => pattern.test(agent ?? ''))?.[1] ?? ''
  return [of(BROWSERS), of(SYSTEMS)].filter(Boolean).join(' · ')
}
