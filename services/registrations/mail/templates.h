// Mustache templates of mails. Mail clients know little of CSS, so styles are inline, the layout is
// tables, and there is no picture. The text is written by who fills it in: see invitation_mail.cc.
#ifndef COLLOQUY_SERVICES_REGISTRATIONS_MAIL_TEMPLATES_H_
#define COLLOQUY_SERVICES_REGISTRATIONS_MAIL_TEMPLATES_H_

namespace colloquy::registrations::mail {

inline constexpr char kInvitationHtml[] = R"html(<!DOCTYPE html>
<html lang="{{lang}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<title>{{subject}}</title>
</head>
<body style="margin:0;padding:0;background:#f6f5f1;">
<div style="display:none;max-height:0;overflow:hidden;">{{preview}}</div>
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" style="background:#f6f5f1;">
<tr><td align="center" style="padding:24px 12px;">
<table role="presentation" width="600" cellpadding="0" cellspacing="0" border="0" style="width:100%;max-width:600px;font-family:-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-size:16px;line-height:1.6;color:#1d2430;">
<tr><td style="padding:0 8px 12px;font-size:14px;font-weight:600;color:#0b5c6b;">{{organizer}}</td></tr>
<tr><td style="background:#ffffff;border:1px solid #d9d7cf;border-radius:12px;padding:32px;">
<p style="margin:0 0 16px;">{{greeting}}</p>
<p style="margin:0 0 8px;">{{invites}}</p>
<h1 style="margin:0 0 12px;font-size:26px;line-height:1.25;color:#1d2430;">{{title}}</h1>
{{#summary}}<p style="margin:0 0 20px;color:#545d6b;">{{summary}}</p>
{{/summary}}<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:0 0 24px;width:100%;border-top:1px solid #d9d7cf;">
{{#facts}}<tr>
<td valign="top" style="padding:10px 16px 10px 0;border-bottom:1px solid #d9d7cf;color:#545d6b;font-size:14px;white-space:nowrap;">{{label}}</td>
<td valign="top" style="padding:10px 0;border-bottom:1px solid #d9d7cf;">{{#lines}}{{line}}<br>{{/lines}}</td>
</tr>
{{/facts}}</table>
{{#notes}}<p style="margin:0 0 12px;">{{note}}</p>
{{/notes}}<table role="presentation" cellpadding="0" cellspacing="0" border="0" style="margin:12px 0 12px;">
<tr><td style="border-radius:8px;background:#0b5c6b;"><a href="{{answer_url}}" style="display:inline-block;padding:13px 26px;font-weight:600;color:#ffffff;text-decoration:none;">{{answer}}</a></td></tr>
</table>
<p style="margin:0 0 4px;font-size:14px;color:#545d6b;">{{personal}}</p>
{{#questions}}<p style="margin:0;font-size:14px;color:#545d6b;">{{questions}}</p>
{{/questions}}</td></tr>
<tr><td style="padding:16px 8px 0;font-size:13px;line-height:1.5;color:#545d6b;">{{why}}<br><a href="{{unsubscribe_url}}" style="color:#0b5c6b;">{{unsubscribe}}</a></td></tr>
</table>
</td></tr>
</table>
</body>
</html>
)html";

// "{{{" since plain text is not escaped.
inline constexpr char kInvitationText[] = R"text({{{greeting}}}

{{{invites}}}

{{{title}}}
{{#summary}}
{{{summary}}}
{{/summary}}

{{#facts}}
{{{label}}}: {{#lines}}{{{separator}}}{{{line}}}{{/lines}}
{{/facts}}
{{#notes}}
{{{note}}}
{{/notes}}

{{{answer_here}}}
{{{answer_url}}}

{{{personal}}}
{{#questions}}
{{{questions}}}
{{/questions}}

-- 
{{{why}}}
{{{unsubscribe}}}:
{{{unsubscribe_url}}}
)text";

}  // namespace colloquy::registrations::mail

#endif  // COLLOQUY_SERVICES_REGISTRATIONS_MAIL_TEMPLATES_H_
