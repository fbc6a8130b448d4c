module aanvraag.internal/tools/readme

go 1.26.0
