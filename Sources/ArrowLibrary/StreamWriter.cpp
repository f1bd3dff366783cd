// Rows as an Arrow stream: a schema, a batch, an end.
#ifdef TIDEMILL_LAKE
#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>
#include <arrow/c/bridge.h>
#include <arrow/ipc/writer.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>

#include "CallbackFiles.h"

/// Text as every reader of Arrow has it: not all of them know views.
static arrow::Result<std::shared_ptr<arrow::Array>> plain_text(const arrow::Array &views) {
  const auto &source = static_cast<const arrow::StringViewArray &>(views);
  arrow::StringBuilder builder;
  ARROW_RETURN_NOT_OK(builder.Reserve(source.length()));
  for (int64_t row = 0; row < source.length(); row++) {
    if (source.IsNull(row)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
    } else {
      ARROW_RETURN_NOT_OK(builder.Append(source.GetView(row)));
    }
  }
  return builder.Finish();
}

bool tidemill_arrow_stream_write(
    struct ArrowSchema *schema, struct ArrowArray *rows, tidemill_arrow_output output, tidemill_arrow_error *error) {
  return tidemill::guarded(error, [&] {
    ARROW_ASSIGN_OR_RAISE(auto batch, arrow::ImportRecordBatch(rows, schema));
    for (int column = 0; column < batch->num_columns(); column++) {
      if (batch->column(column)->type_id() != arrow::Type::STRING_VIEW) continue;
      ARROW_ASSIGN_OR_RAISE(auto text, plain_text(*batch->column(column)));
      ARROW_ASSIGN_OR_RAISE(
          batch, batch->SetColumn(column, batch->schema()->field(column)->WithType(arrow::utf8()), std::move(text)));
    }
    auto target = std::make_shared<tidemill::CallbackOutput>(output);
    ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeStreamWriter(target, batch->schema()));
    ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
    return writer->Close();
  });
}
#endif
