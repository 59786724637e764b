// Words of one page that few visitors open: they come with it.
export default {
  zh: {
    verify: {
      lead: '核对手中的 PDF 是否为本平台签发的原件。文件只在您的浏览器中计算摘要，不会上传。',
      drop: '将 PDF 拖到此处，或选择文件',
      choose: '选择文件',
      file: '文件：{name}',
      code: '核验码',
      hint: '印在文书右上角二维码下方；没有也可直接核验文件',
      byCode: '按核验码查询',
      hash: '文件的 SHA-256 值',
      noCrypto: '此浏览器不能在本页计算摘要。请在自己的电脑上算出文件的 SHA-256 值后填写：',
      verify: '核验',
      reading: '正在核验…',
      unreadable: '文件打不开，请重新选择。',
      same: '核验一致',
      different: '核验不一致',
      issued: '有此文书',
      unknown: '未查到',
      sameText: '该文件与签发时完全相同。',
      differentText: '该文件不是签发时的文件，或已被改动。请以签发平台提供的文件为准。',
      issuedText: '请核对纸面所印内容与下列信息是否相符；电子文件请拖到上方核验。',
      unknownText: '不是本平台签发的文书，或文件已被改动。在其他平台签发的，请到该平台核验。',
      issuer: '签发平台',
      kind: '文书',
      number: '编号',
      day: '签发日期',
    },
  },
  en: {
    verify: {
      lead:
        'Whether a PDF is the one that this platform issued. Your browser computes its digest; the file is not ' +
        'uploaded.',
      drop: 'Drop the PDF here, or choose it',
      choose: 'Choose a file',
      file: 'File: {name}',
      code: 'Verification code',
      hint: 'Below the QR code at the top right of the paper; a file can be verified without it',
      byCode: 'Look it up',
      hash: 'SHA-256 of the file',
      noCrypto: 'This browser cannot compute it here. Have your own machine say the SHA-256 of the file:',
      verify: 'Verify',
      reading: 'Verifying…',
      unreadable: 'The file cannot be read; choose it again.',
      same: 'The same',
      different: 'Not the same',
      issued: 'There is such a paper',
      unknown: 'Not known',
      sameText: 'This is the very file that was issued.',
      differentText:
        'This is not the file that was issued, or it was changed. What counts is the file that the issuing platform ' +
        'gives.',
      issuedText: 'Compare what is printed with what stands below; drop the file above to verify it.',
      unknownText:
        'This platform issued no such paper, or the file was changed. Papers of another platform are verified there.',
      issuer: 'Issued by',
      kind: 'Paper',
      number: 'Number',
      day: 'Day of issue',
    },
  },
}
