package main

// templates are the methods of a plain operation, by the ending of a file and the section in it.
var templates = map[string]map[string]string{
	".go": {
		"operations": `{{range .}}
{{.Wrap "//" (printf "%s %s" .Name .Lower)}}
func (c *Client) {{.Name}}(
	ctx context.Context{{if .Addressed}}, id int64{{end}}, p {{.Name}}Params{{if .Body}}, r {{.Body}}{{end}},
) (*{{.Answer}}, error) {
	return read[{{.Answer}}](c.raw.{{.Name}}{{if .Form}}WithFormdataBody{{end}}(ctx` +
			`{{if .Addressed}}, id{{end}}, &p{{if .Body}}, r{{end}}))
}
{{end}}`,
		"client": `{{range .}}{{if not .Signed}}
{{.Wrap "//" (printf "%s %s" .Name .Lower)}}
func (c *Client) {{.Name}}(ctx context.Context{{if .Body}}, r {{.Body}}{{end}}) (*{{.Answer}}, error) {
	return read[{{.Answer}}](c.raw.{{.Name}}(ctx, &{{.Name}}Params{
		SiteID: c.site, AcceptLanguage: c.language,
	}{{if .Body}}, r{{end}}))
}
{{end}}{{end}}`,
		"session": `{{range .}}{{if .Signed}}
{{.Wrap "//" (printf "%s %s" .Name .Lower)}}
func (s *Session) {{.Name}}(ctx context.Context{{if .Body}}, r {{.Body}}{{end}}) (*{{.Answer}}, error) {
	return read[{{.Answer}}](s.renew(s.client.raw.{{.Name}}(ctx, &{{.Name}}Params{
		SiteID: s.client.site, AcceptLanguage: s.client.language,
	}{{if .Body}}, r{{end}}, s.sign)))
}
{{end}}{{end}}`,
	},
	".py": {
		"types": `{{range .Types}}    {{.}},
{{end}}`,
		"exports": `{{range .Types}}    "{{.}}",
{{end}}`,
		"imports": `{{range .}}from .raw.api.{{.Module}} import {{.Snake}}
{{end}}`,
		"requests": `{{range .}}
    def {{.Snake}}(self{{if .Body}}, body: models.{{.Body}}{{end}}) -> _Request[models.{{.Answer}}]:
        return _Request({{.Snake}}.request({{if .Body}}body=body, {{end}}**self._common), models.{{.Answer}}.from_dict)
{{end}}`,
		"client": `{{range .}}{{if not .Signed}}
    def {{.Snake}}(self{{if .Body}}, body: models.{{.Body}}{{end}}) -> models.{{.Answer}}:
        """
{{.Wrap "       " .Description}}
        """
        return self._ask(self._requests.{{.Snake}}({{if .Body}}body{{end}}))
{{end}}{{end}}`,
		"session": `{{range .}}{{if .Signed}}
    def {{.Snake}}(self{{if .Body}}, body: models.{{.Body}}{{end}}) -> models.{{.Answer}}:
        """
{{.Wrap "       " .Description}}
        """
        return self._ask(self._client._requests.{{.Snake}}({{if .Body}}body{{end}}))
{{end}}{{end}}`,
		"async_client": `{{range .}}{{if not .Signed}}
    async def {{.Snake}}(self{{if .Body}}, body: models.{{.Body}}{{end}}) -> models.{{.Answer}}:
        """As ` + "``Client.{{.Snake}}``" + `."""
        return await self._ask(self._requests.{{.Snake}}({{if .Body}}body{{end}}))
{{end}}{{end}}`,
		"async_session": `{{range .}}{{if .Signed}}
    async def {{.Snake}}(self{{if .Body}}, body: models.{{.Body}}{{end}}) -> models.{{.Answer}}:
        """As ` + "``Session.{{.Snake}}``" + `."""
        return await self._ask(self._client._requests.{{.Snake}}({{if .Body}}body{{end}}))
{{end}}{{end}}`,
	},
	".java": {
		"client": `{{range .}}{{if not .Signed}}
  /**
{{.Wrap "   *" .HTML}}
   */
  public {{.Answer}} {{.ID}}({{if .Body}}{{.Body}} request{{end}}) throws IOException, InterruptedException {
    return ask("{{.Method}}", "{{.Path}}", Map.of(), Map.of(), {{if .Body}}given(request, "request")` +
			`{{else}}null{{end}}, {{.Answer}}.class);
  }
{{end}}{{end}}`,
		"session": `{{range .}}{{if .Signed}}
  /**
{{.Wrap "   *" .HTML}}
   */
  public {{.Answer}} {{.ID}}({{if .Body}}{{.Body}} request{{end}}) throws IOException, InterruptedException {
    return ask("{{.Method}}", "{{.Path}}", Map.of(), {{if .Body}}EnrollClient.given(request, "request")` +
			`{{else}}null{{end}}, {{.Answer}}.class);
  }
{{end}}{{end}}`,
	},
	".ts": {
		"types": `{{range .}}  /**
{{.Wrap "   *" .Description}}
   */
  {{.ID}}({{if .Body}}body: schema.{{.Body}}, {{end}}options` +
			`{{if .Signed}}: UserOptions{{else}}?: CallOptions{{end}}): Promise<Answer<{{.Data}}, "{{.ID}}">>;
{{end}}`,
		"calls": `{{range .}}    {{.ID}}: ({{if .Body}}body, {{end}}call) => settle("{{.ID}}", () => ` +
			`http.{{.Method}}("{{.Path}}", {{if .Body}}{ body, ...common(call) }{{else}}common(call){{end}})),
{{end}}`,
	},
}
