-- What every step of the daemon looks for, found without reading every question that was ever asked.
CREATE INDEX approval_edit_due ON approval (next_try_at) WHERE edit_due = 1;
CREATE INDEX approval_by_delivery ON approval (delivered_at) WHERE delivered_at IS NOT NULL;
