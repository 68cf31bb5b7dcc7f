export type PostAction = 'reply' | 'quote' | 'edit' | 'history' | 'hide' | 'restore' | 'copy' | 'cancel' | 'translate';
