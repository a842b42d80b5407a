/// The style sheet of all pages.
package enum HTMLStyle {
  static var common: String { base + tables + charts + evidence + switches }

  private static let base = """
    *{box-sizing:border-box}
    html{-webkit-text-size-adjust:100%}
    body{margin:0 auto;padding:1.5rem 1rem 4rem;max-width:68rem;background:var(--ground);color:var(--ink);\
    font:1rem/1.55 system-ui,"Segoe UI",Roboto,"Noto Sans","Helvetica Neue",Arial,sans-serif;overflow-wrap:break-word}
    h1{font-size:1.7rem;line-height:1.25;margin:0 0 .5rem}
    h2{font-size:1.3rem;line-height:1.3;margin:2.75rem 0 .5rem;padding-top:.75rem;border-top:1px solid var(--rule)}
    h3{font-size:1.05rem;line-height:1.4;margin:0 0 .35rem}
    p,ul{margin:.4rem 0 .8rem}
    a{color:var(--link)}
    :focus-visible{outline:2px solid var(--link);outline-offset:2px}
    .faint,figcaption,caption{color:var(--faint)}
    .lead{font-size:1.1rem}
    .good{color:var(--good);font-weight:600}
    .bad{color:var(--bad);font-weight:600}
    .note{max-width:44rem;color:var(--faint)}
    .hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
    nav ul{display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;list-style:none;padding:0}
    nav a{display:inline-block;padding:.2rem 0}
    summary{cursor:pointer;padding:.2rem 0}
    dl{max-width:44rem;margin:.4rem 0 .8rem}
    dt{font-weight:600}
    dd{margin:0 0 .5rem}
    code{font:0.95em ui-monospace,"SF Mono",Menlo,Consolas,monospace}

    """

  private static let tables = """
    .scroll{overflow-x:auto;margin:.6rem 0 1.4rem}
    table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.93rem}
    caption{text-align:left;padding:.2rem 0}
    caption span{display:inline-block;position:sticky;left:0;max-width:calc(100vw - 2rem)}
    th,td{padding:.32rem .7rem;border-bottom:1px solid var(--rule);text-align:right;vertical-align:top}
    th:first-child,td.words,th.words{text-align:left}
    thead th{font-weight:600;white-space:nowrap;border-bottom-width:2px}
    tbody th{font-weight:500;min-width:7rem}
    @media (max-width:30rem){table{font-size:.87rem}th,td{padding:.32rem .4rem}tbody th{min-width:5rem}.case{padding:.75rem}}
    td .range{display:block;color:var(--faint);font-size:.85em;white-space:nowrap}

    """

  private static let charts = """
    .cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,17rem),1fr));gap:.8rem;margin:1rem 0;padding:0;\
    list-style:none}
    .card{background:var(--panel);border-radius:.5rem;padding:.8rem 1rem}
    .card .value{display:block;font-size:1.8rem;font-weight:650;line-height:1.2;font-variant-numeric:tabular-nums}
    .card .range{color:var(--faint);font-size:.9rem}
    svg{display:block;max-width:100%;height:auto}
    svg text{font:11px system-ui,"Noto Sans",Arial,sans-serif;fill:var(--faint)}
    svg text.strong{fill:var(--ink)}
    .grid{stroke:var(--rule);stroke-width:1}
    .diagonal{stroke:var(--faint);stroke-width:1;stroke-dasharray:2 4;fill:none}
    .curve{stroke:var(--curve);stroke-width:2;fill:none;stroke-linejoin:round}
    .join{stroke:var(--curve);stroke-width:1;fill:none;opacity:.6}
    .dot{fill:var(--curve)}
    .whisker{stroke:var(--curve);stroke-width:1.5;fill:none}
    .bar{fill:var(--curve)}
    .threshold{stroke:var(--mark);stroke-width:1.5;stroke-dasharray:5 3;fill:none}
    .chosen{fill:var(--ground);stroke:var(--mark);stroke-width:3}
    .pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,19rem),1fr));gap:1rem 2rem;margin:.5rem 0 1.8rem}
    figure{margin:0}
    figcaption{font-size:.88rem}
    .cell-0{color:var(--faint)}
    .cell-right{background:var(--for-2)}
    .cell-wrong{background:var(--against-2)}

    """

  private static var evidence: String {
    let shades = (1...Palette.levels).map {
      "mark.for.l\($0){background:var(--for-\($0))}mark.against.l\($0){background:var(--against-\($0))}"
    }
    return """
      mark{color:var(--ink);border-radius:.15em;padding:.05em 0;-webkit-box-decoration-break:clone;box-decoration-break:clone}
      mark.against{text-decoration:underline dotted var(--mark);text-underline-offset:.2em}
      \(shades.joined())
      .legend{font-size:.92rem}
      .legend mark{padding:.05em .3em}
      .case{margin:1.6rem 0;padding:1rem;border:1px solid var(--rule);border-radius:.6rem}
      .case-id{font-size:.88rem;color:var(--faint);margin:0 0 .6rem}
      .phrases{display:flex;flex-wrap:wrap;gap:.25rem 1rem;list-style:none;padding:0;margin:0 0 .7rem;font-size:.93rem}
      .phrases mark{padding:.1em .3em}
      .phrases-title{margin:.4rem 0 .15rem;font-size:.88rem;color:var(--faint)}
      .article{background:var(--panel);border-radius:.5rem;padding:.8rem 1rem;max-height:26rem;overflow-y:auto;\
      max-width:48rem}
      .article-title{font-weight:600;font-size:1.08rem;margin:0 0 .5rem}
      .text{white-space:pre-wrap}
      .unread{color:var(--faint);text-decoration:line-through;text-decoration-color:var(--faint)}

      """
  }

  /// The first input shows the first layer, and so on; without a style sheet all are shown.
  private static var switches: String {
    let rules = (1...EvidenceLayers.limit).map {
      ".layers>input:nth-of-type(\($0)):checked~.layer:nth-of-type(\($0))"
    }
    return """
      .layers>input{position:absolute;opacity:0}
      .layers>label{display:inline-block;border:1px solid var(--faint);border-radius:1rem;padding:.25rem .8rem;\
      margin:0 .35rem .5rem 0;cursor:pointer;font-size:.93rem}
      .layers>input:checked+label{background:var(--ink);color:var(--ground);border-color:var(--ink)}
      .layers>input:focus-visible+label{outline:2px solid var(--link);outline-offset:2px}
      .layers{position:relative}
      @media screen{.layer{display:none}\(rules.joined(separator: ",")){display:block}}
      @media print{.layers>label{display:none}.article{max-height:none}}

      """
  }
}
